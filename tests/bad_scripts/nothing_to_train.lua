--! nothing_to_train.lua:3: there is nothing to train; give run:sft { steps = n }, or run:grpo { ... } with a reward and a phase
local crescent = import "crescent"
local run = crescent.run { name = "x" }
return run