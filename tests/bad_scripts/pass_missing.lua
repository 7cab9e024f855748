--! pass_missing.lua:4: there are 2 rewards (a, b), so grpo must say which one decides: pass = { reward = "a", at_least = 1 }
local crescent = import "crescent"
local run = crescent.run { name = "x" }
run:grpo {}
run:reward { "a" }
run:reward { "b" }
run:phase { "main", view = "image", steps = 5 }
return run