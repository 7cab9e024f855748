--! observe_without_draw.lua:6: sampler has a function observe but no function draw
local crescent = import "crescent"
local run = crescent.run { name = "x" }
run:grpo {}
run:reward { "exact_math" }
run:sampler { observe = function() end }
run:phase { "main", view = "image", steps = 5 }
return run