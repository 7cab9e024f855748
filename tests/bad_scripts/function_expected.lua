--! function_expected.lua:7: sampler: option "draw" must be a function, found an integer 3
local crescent = import "crescent"
local run = crescent.run { name = "x" }
run:grpo {}
run:reward { "exact_math" }
run:sampler {
  draw = 3,
}
run:phase { "main", view = "image", steps = 5 }
return run