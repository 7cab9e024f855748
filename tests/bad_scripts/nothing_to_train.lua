--! nothing_to_train.lua:3: there is nothing to train; a run needs run:grpo { ... }, a reward and a phase; run:sft { steps = n } may go before them
local crescent = import "crescent"
local run = crescent.run { name = "x" }
return run