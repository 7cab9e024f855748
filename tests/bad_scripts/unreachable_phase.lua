--! unreachable_phase.lua:7: phase "late" is unreachable, because phase "first" before it never leaves; give that one steps = n or leave = ...
local crescent = import "crescent"
local run = crescent.run { name = "x" }
run:grpo {}
run:reward { "exact_math" }
run:phase { "first", view = "text" }
run:phase { "late", view = "image", steps = 5 }
return run