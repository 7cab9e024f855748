--! misspelt_phase.lua:6: a run has no "phas"; did you mean "phase"?
local crescent = import "crescent"
local run = crescent.run { name = "x" }
run:grpo {}
run:reward { "exact_math" }
run:phas { "main", view = "image", steps = 5 }
return run
