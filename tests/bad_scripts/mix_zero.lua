--! mix_zero.lua:4: sft: all shares of "mix" are 0; give at least one kind a share
local crescent = import "crescent"
local run = crescent.run { name = "x" }
run:sft { steps = 1, mix = { text = 0, image = 0 } }
run:grpo {}
run:reward { "exact_math" }
run:phase { "main", view = "image", steps = 5 }
return run