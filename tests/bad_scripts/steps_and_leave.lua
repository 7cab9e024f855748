--! steps_and_leave.lua:6: phase "main" has both steps and leave; give one of them
local crescent = import "crescent"
local run = crescent.run { name = "x" }
run:grpo {}
run:reward { "exact_math" }
run:phase { "main", view = "image", steps = 3, leave = { "plateau" } }
return run