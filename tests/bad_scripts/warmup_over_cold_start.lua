--! warmup_over_cold_start.lua:4: sft: option "warmup_steps" is 5, but the cold start has 5 steps, so the rate would never get to lr; give it less
local crescent = import "crescent"
local run = crescent.run { name = "x" }
run:sft { steps = 5, warmup_steps = 5 }
run:grpo {}
run:reward { "exact_math" }
run:phase { "main", view = "image", steps = 5 }
return run
