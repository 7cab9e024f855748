--! near_option.lua:4: grpo has no option "temprature"; did you mean "temperature"?
local crescent = import "crescent"
local run = crescent.run { name = "x" }
run:grpo { temprature = 1 }
run:reward { "exact_math" }
run:phase { "main", view = "image", steps = 5 }
return run