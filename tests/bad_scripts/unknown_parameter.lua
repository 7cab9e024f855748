--! unknown_parameter.lua:4: params has no "lamda"; did you mean "lambda"?
local crescent = import "crescent"
local params = crescent.params { lambda = 1 }
local run = crescent.run { seed = params.lamda }
return run