--! unknown_method.lua:4: a run has no "phases"; did you mean "phase"?
local crescent = import "crescent"
local run = crescent.run { name = "x" }
run:phases { "main" }
run:sft { steps = 1 }
run:grpo {}
run:reward { "exact_math" }
run:phase { "main", view = "image", steps = 5 }
return run