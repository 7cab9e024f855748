--! 2 mistakes:
--!   mistakes_and_error.lua:6: a run has no "sfft"; did you mean "sft"?
--!   mistakes_and_error.lua:7: the global "oops" is not defined
local crescent = import "crescent"
local run = crescent.run { name = "x" }
run:sfft { steps = 1 }
oops()
return run