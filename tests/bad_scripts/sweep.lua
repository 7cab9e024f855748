--! sweep.lua:3: the sweep's build returns a nil, not a run; end it with `return run`
local crescent = import "crescent"
return crescent.sweep { build = function() end }
