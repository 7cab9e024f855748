--! fraction_for_integer.lua:4: sft: option "batch" must be an integer, found a number 2.5
local crescent = import "crescent"
local run = crescent.run { name = "x" }
run:sft { steps = 1, batch = 2.5 }
run:grpo {}
run:reward { "exact_math" }
run:phase { "main", view = "image", steps = 5 }
return run