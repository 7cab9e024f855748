--! phase_no_weight.lua:6: phase "main": every reward's weight is 0 in it, so there is nothing to learn
local crescent = import "crescent"
local run = crescent.run { name = "x" }
run:grpo {}
run:reward { "exact_math" }
run:phase { "main", view = "image", steps = 5, rewards = { exact_math = 0 } }
return run
