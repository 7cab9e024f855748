--! misspelt_grpo.lua:4: a run has no "gpro"; did you mean "grpo"?
local crescent = import "crescent"
local run = crescent.run { name = "x" }
run:gpro {}
run:reward { "exact_math" }
run:phase { "main", view = "image", steps = 5 }
return run
