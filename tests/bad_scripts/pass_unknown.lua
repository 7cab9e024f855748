--! pass_unknown.lua:4: grpo: pass names the reward "exactmath", which is not there; did you mean "exact_math"?
local crescent = import "crescent"
local run = crescent.run { name = "x" }
run:grpo { pass = { reward = "exactmath" } }
run:reward { "exact_math" }
run:phase { "main", view = "image", steps = 5 }
return run