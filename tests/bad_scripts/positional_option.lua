--! positional_option.lua:4: sft: the entry 300 has no name; options are written name = value
local crescent = import "crescent"
local run = crescent.run { name = "x" }
run:sft { 300, steps = 1 }
run:grpo {}
run:reward { "exact_math" }
run:phase { "main", view = "image", steps = 5 }
return run