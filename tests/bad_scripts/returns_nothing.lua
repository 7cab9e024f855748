--! returns_nothing.lua: the script returns nothing; end it with `return run`
local crescent = import "crescent"
local run = crescent.run { name = "x" }
run:sft { steps = 1 }
