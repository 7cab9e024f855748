--! no_phase.lua:4: grpo has no phase; give at least one: run:phase { "main", view = "image", steps = 100 }
local crescent = import "crescent"
local run = crescent.run { name = "x" }
run:grpo {}
run:reward { "exact_math" }
return run