--! minibatch.lua:4: grpo: updates.minibatch_prompts is 5, but must divide prompts, which is 16
local crescent = import "crescent"
local run = crescent.run { name = "x" }
run:grpo { updates = { minibatch_prompts = 5 } }
run:reward { "exact_math" }
run:phase { "main", view = "image", steps = 5 }
return run