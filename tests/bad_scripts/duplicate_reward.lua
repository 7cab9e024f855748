--! duplicate_reward.lua:6: there are two rewards "exact_math"; tell them apart with name = "..."
local crescent = import "crescent"
local run = crescent.run { name = "x" }
run:grpo { pass = { reward = "exact_math" } }
run:reward { "exact_math" }
run:reward { "exact_math" }
run:phase { "main", view = "image", steps = 5 }
return run