--! cold_start_alone.lua:4: a run needs grpo, a reward and a phase; a cold start alone is not there yet; add run:grpo { ... }, run:reward { ... } and run:phase { ... }
local crescent = import "crescent"
local run = crescent.run { name = "x" }
run:sft { steps = 1 }
return run
