--! table_key.lua:4: [true] is no name of an option
local crescent = import "crescent"
local run = crescent.run { name = "x" }
run:sft { steps = 1, [true] = 2 }
return run