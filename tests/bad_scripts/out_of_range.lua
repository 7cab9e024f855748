--! out_of_range.lua:4: grpo: option "group" is 1, but must be from 2 to 1024
local crescent = import "crescent"
local run = crescent.run { name = "x" }
run:grpo { group = 1 }
run:reward { "exact_math" }
run:phase { "main", view = "image", steps = 5 }
return run