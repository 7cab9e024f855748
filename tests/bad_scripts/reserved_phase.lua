--! reserved_phase.lua:6: phase "cold_start": the name "cold_start" is taken; choose another
local crescent = import "crescent"
local run = crescent.run { name = "x" }
run:grpo {}
run:reward { "exact_math" }
run:phase { "cold_start", view = "image", steps = 3 }
return run