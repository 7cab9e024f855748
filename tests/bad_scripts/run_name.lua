--! run_name.lua:3: run: name is "a/b", but must be a folder's plain name
local crescent = import "crescent"
local run = crescent.run { name = "a/b" }
run:sft { steps = 1 }
run:grpo {}
run:reward { "exact_math" }
run:phase { "main", view = "image", steps = 5 }
return run