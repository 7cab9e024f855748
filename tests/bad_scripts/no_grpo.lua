--! 2 mistakes:
--!   no_grpo.lua:6: a reward is given, but no grpo that would use it; add run:grpo { ... }
--!   no_grpo.lua:7: a phase is given, but no grpo that would use it; add run:grpo { ... }
local crescent = import "crescent"
local run = crescent.run { name = "x" }
run:reward { "exact_math" }
run:phase { "main", view = "image", steps = 5 }
return run