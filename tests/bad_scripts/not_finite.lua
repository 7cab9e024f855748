--! not_finite.lua:4: sft: option "lr" is inf, but must be finite
local crescent = import "crescent"
local run = crescent.run { name = "x" }
run:sft { steps = 1, lr = math.huge }
run:grpo {}
run:reward { "exact_math" }
run:phase { "main", view = "image", steps = 5 }
return run