--! phase_schedule_function.lua:6: phase "main": grpo: option "warmup_steps" is given, but the schedule is a function, which gives the rate of every step; leave it out
local crescent = import "crescent"
local run = crescent.run { name = "x" }
run:grpo { schedule = function(step) return 1 / step end }
run:reward { "exact_math" }
run:phase { "main", view = "image", steps = 5, grpo = { warmup_steps = 2 } }
return run
