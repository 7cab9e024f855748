--! lua_reward_option.lua:5: reward "mine" has no option "wieght"; did you mean "weight"?
local crescent = import "crescent"
local run = crescent.run { name = "x" }
run:grpo {}
run:reward { "mine", score = function() end, wieght = 2 }
run:phase { "main", view = "image", steps = 5 }
return run