--! duplicate_phase.lua:7: there are two phases "main"; each needs a name of its own
local crescent = import "crescent"
local run = crescent.run { name = "x" }
run:grpo {}
run:reward { "exact_math" }
run:phase { "main", view = "image", steps = 5 }
run:phase { "main", view = "image", steps = 5 }
return run