--! on_phase_type.lua:7: on_phase takes a function, found an integer 3
local crescent = import "crescent"
local run = crescent.run { name = "x" }
run:grpo {}
run:reward { "exact_math" }
run:phase { "main", view = "image", steps = 5 }
run:on_phase(3)
return run
