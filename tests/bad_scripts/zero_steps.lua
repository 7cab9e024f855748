--! zero_steps.lua:4: sft: option "steps" is 0, but must be from 1 to 1000000000
local crescent = import "crescent"
local run = crescent.run { name = "x" }
run:sft { steps = 0 }
run:grpo {}
run:reward { "exact_math" }
run:phase { "main", view = "image", steps = 5 }
return run