--! views_twice.lua:5: validate: option "views" names "text" twice
local crescent = import "crescent"
local run = crescent.run { name = "x" }
run:sft { steps = 1 }
run:validate { views = { "text", "text" } }
run:grpo {}
run:reward { "exact_math" }
run:phase { "main", view = "image", steps = 5 }
return run