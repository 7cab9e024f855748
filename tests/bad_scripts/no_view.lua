--! no_view.lua:6: phase "main": option "view" is missing
local crescent = import "crescent"
local run = crescent.run { name = "x" }
run:grpo {}
run:reward { "exact_math" }
run:phase { "main", steps = 3 }
return run