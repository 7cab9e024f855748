--! change_parameter.lua:4: params cannot be changed ("n")
local crescent = import "crescent"
local params = crescent.params { n = 1 }
params.n = 2
