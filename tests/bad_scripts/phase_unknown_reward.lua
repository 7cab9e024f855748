--! phase_unknown_reward.lua:6: phase "main" weighs the reward "exact_mth", which is not there; did you mean "exact_math"?
local crescent = import "crescent"
local run = crescent.run { name = "x" }
run:grpo {}
run:reward { "exact_math" }
run:phase { "main", view = "image", steps = 5, rewards = { exact_mth = 1 } }
return run
