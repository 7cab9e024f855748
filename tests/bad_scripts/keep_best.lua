--! keep_best.lua:5: checkpoint: keep_best is "val/image/acuracy", which validation does not measure; did you mean "val/image/accuracy"?
local crescent = import "crescent"
local run = crescent.run { name = "x" }
run:sft { steps = 1 }
run:checkpoint { keep_best = "val/image/acuracy" }
run:grpo {}
run:reward { "exact_math" }
run:phase { "main", view = "image", steps = 5 }
return run