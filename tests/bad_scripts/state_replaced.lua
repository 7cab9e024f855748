--! state_replaced.lua:4: run.state cannot be replaced; set its fields: run.state.count = ...
local crescent = import "crescent"
local run = crescent.run { name = "x" }
run.state = {}
return run