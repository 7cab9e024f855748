--! sweep.lua:3: crescent.sweep is not there yet; return a single run: `return build(params)`
local crescent = import "crescent"
return crescent.sweep { build = function() end }
