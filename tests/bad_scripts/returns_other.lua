--! returns_other.lua: the script returns a table, not a run; end it with `return run`
local crescent = import "crescent"
local run = crescent.run { name = "x" }
return {}
