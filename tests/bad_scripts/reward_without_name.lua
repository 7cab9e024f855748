--! reward_without_name.lua:5: reward 1 has no name; give one as its first entry
local crescent = import "crescent"
local run = crescent.run { name = "x" }
run:grpo {}
run:reward { score = function() end }
run:phase { "main", view = "image", steps = 5 }
return run