--! schedule_of_unknown_length.lua:4: grpo: schedule "linear" needs the number of steps, but phase "main" decides at run time when it ends; use schedule = "constant" or a function
local crescent = import "crescent"
local run = crescent.run { name = "x" }
run:grpo { schedule = "linear" }
run:reward { "exact_math" }
run:phase { "main", view = "image", leave = function(m) return true end }
return run