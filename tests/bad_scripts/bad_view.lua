--! bad_view.lua:6: phase "main": option "view" is "images", but must be one of text, caption, image; did you mean "image"?
local crescent = import "crescent"
local run = crescent.run { name = "x" }
run:grpo {}
run:reward { "exact_math" }
run:phase { "main", view = "images", steps = 3 }
return run