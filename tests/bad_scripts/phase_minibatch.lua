--! phase_minibatch.lua:6: phase "main": grpo: updates.minibatch_prompts is 3, but must divide prompts, which is 16
local crescent = import "crescent"
local run = crescent.run { name = "x" }
run:grpo {}
run:reward { "exact_math" }
run:phase { "main", view = "image", steps = 5, grpo = { updates = { minibatch_prompts = 3 } } }
return run
