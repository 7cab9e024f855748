--! weights_zero.lua:5: the weights of all rewards are 0, so nothing would be learned; give at least one a weight
local crescent = import "crescent"
local run = crescent.run { name = "x" }
run:grpo { pass = { reward = "a" } }
run:reward { "a", weight = 0 }
run:reward { "b", weight = 0 }
run:phase { "main", view = "image", steps = 5 }
return run