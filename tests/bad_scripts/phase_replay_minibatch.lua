--! phase_replay_minibatch.lua:7: phase "b", where it replays "a": grpo: updates.minibatch_prompts is 3, but must divide prompts, which is 4
local crescent = import "crescent"
local run = crescent.run { name = "x" }
run:grpo { prompts = 4 }
run:reward { "exact_math" }
run:phase { "a", view = "text", steps = 5 }
run:phase { "b", view = "image", steps = 5, replay = { a = 0.5 }, grpo = { prompts = 6, updates = { minibatch_prompts = 3 } } }
return run
