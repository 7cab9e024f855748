--! run_error.lua:4: attempt to index a nil value (local 'x')
local crescent = import "crescent"
local x
local y = x.y
