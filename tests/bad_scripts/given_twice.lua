--! given_twice.lua:5: sft is given twice, first at line 4; give it once
local crescent = import "crescent"
local run = crescent.run { name = "x" }
run:sft { steps = 1 }
run:sft { steps = 2 }
run:grpo {}
run:reward { "exact_math" }
run:phase { "main", view = "image", steps = 5 }
return run