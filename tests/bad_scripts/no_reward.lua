--! no_reward.lua:4: grpo has no reward; give at least one: run:reward { "exact_math" }
local crescent = import "crescent"
local run = crescent.run { name = "x" }
run:grpo {}
run:phase { "main", view = "image", steps = 5 }
return run