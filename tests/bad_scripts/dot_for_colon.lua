--! dot_for_colon.lua:4: write run:sft with a colon: run:sft { ... }
local crescent = import "crescent"
local run = crescent.run { name = "x" }
run.sft { steps = 1 }
return run