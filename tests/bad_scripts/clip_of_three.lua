--! clip_of_three.lua:4: grpo: option "clip" must have 2 numbers, found 3
local crescent = import "crescent"
local run = crescent.run { name = "x" }
run:grpo { clip = { 0.1, 0.2, 0.3 } }
run:reward { "exact_math" }
run:phase { "main", view = "image", steps = 5 }
return run