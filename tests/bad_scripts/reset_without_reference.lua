--! reset_without_reference.lua:6: phase "only": reset_reference is true, but grpo.kl.coefficient is 0, so there is no reference; leave it out
local crescent = import "crescent"
local run = crescent.run { name = "x" }
run:grpo {}
run:reward { "exact_math" }
run:phase { "only", view = "image", steps = 5, reset_reference = true }
return run
