--! missing_option.lua:4: sft: option "steps" is missing
local crescent = import "crescent"
local run = crescent.run { name = "x" }
run:sft {}
run:grpo {}
run:reward { "exact_math" }
run:phase { "main", view = "image", steps = 5 }
return run