--! schedule_type.lua:4: sft: option "schedule" must be a string, found a boolean true
local crescent = import "crescent"
local run = crescent.run { name = "x" }
run:sft { steps = 1, schedule = true }
run:grpo {}
run:reward { "exact_math" }
run:phase { "main", view = "image", steps = 5 }
return run