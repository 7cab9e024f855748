--! endless_phase.lua:6: phase "main" never leaves, so the run would never end; give it steps = n, leave = ... or a budget
local crescent = import "crescent"
local run = crescent.run { name = "x" }
run:grpo {}
run:reward { "exact_math" }
run:phase { "main", view = "image" }
return run