--! wrong_type.lua:4: sft: option "steps" must be an integer, found a string "many"
local crescent = import "crescent"
local run = crescent.run { name = "x" }
run:sft { steps = "many" }
run:grpo {}
run:reward { "exact_math" }
run:phase { "main", view = "image", steps = 5 }
return run