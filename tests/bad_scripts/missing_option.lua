--! missing_option.lua:4: sft: option "steps" is missing
local crescent = import "crescent"
local run = crescent.run { name = "x" }
run:sft {}
return run