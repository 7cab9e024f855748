--! both_plugin_and_function.lua:6: sampler has both a plugin ("uniform") and a function (draw); give one of them
local crescent = import "crescent"
local run = crescent.run { name = "x" }
run:grpo {}
run:reward { "exact_math" }
run:sampler { "uniform", draw = function() end }
run:phase { "main", view = "image", steps = 5 }
return run