--! nested_unknown.lua:4: grpo.kl has no option "coeff"; known: coefficient, estimator, place, clamp_difference, clamp_value
local crescent = import "crescent"
local run = crescent.run { name = "x" }
run:grpo { kl = { coeff = 0.1 } }
run:reward { "exact_math" }
run:phase { "main", view = "image", steps = 5 }
return run