--! reward_name.lua:5: reward "a b": its name goes into metric names, so it may hold letters, digits, _ - and . only; give it another: name = "..."
local crescent = import "crescent"
local run = crescent.run { name = "x" }
run:grpo {}
run:reward { "a b", score = function() end }
run:phase { "main", view = "image", steps = 5 }
return run