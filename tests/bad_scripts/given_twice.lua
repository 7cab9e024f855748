--! given_twice.lua:5: sft is given twice, first at line 4; give it once
local crescent = import "crescent"
local run = crescent.run { name = "x" }
run:sft { steps = 1 }
run:sft { steps = 2 }
return run