--! on_step_type.lua:4: on_step takes a function, found an integer 3
local crescent = import "crescent"
local run = crescent.run { name = "x" }
run:on_step(3)
run:sft { steps = 1 }
run:grpo {}
run:reward { "exact_math" }
run:phase { "main", view = "image", steps = 5 }
return run