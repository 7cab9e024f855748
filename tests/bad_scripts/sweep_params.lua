--! sweep_params.lua:3: crescent.sweep: params must be what crescent.params returned, found table
local crescent = import "crescent"
return crescent.sweep { build = function() end, params = { seed = 1 } }
