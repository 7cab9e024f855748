--! phase_unknown_grpo.lua:6: phase "main": grpo has no option "grup"; did you mean "group"?
local crescent = import "crescent"
local run = crescent.run { name = "x" }
run:grpo {}
run:reward { "exact_math" }
run:phase { "main", view = "image", steps = 5, grpo = { grup = 4 } }
return run
