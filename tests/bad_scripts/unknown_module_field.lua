--! unknown_module_field.lua:3: crescent has no "runn"; did you mean "run"?
local crescent = import "crescent"
local run = crescent.runn { }
return run