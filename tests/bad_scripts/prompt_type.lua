--! prompt_type.lua:6: phase "main": option "prompt" must be a function, found a string "x"
local crescent = import "crescent"
local run = crescent.run { name = "x" }
run:grpo {}
run:reward { "exact_math" }
run:phase { "main", view = "image", steps = 5, prompt = "x" }
return run
