--! not_a_table.lua:4: sft must be a table, found an integer 3
local crescent = import "crescent"
local run = crescent.run { name = "x" }
run:sft(3)
run:grpo {}
run:reward { "exact_math" }
run:phase { "main", view = "image", steps = 5 }
return run