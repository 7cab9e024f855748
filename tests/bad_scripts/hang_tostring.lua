--! hang_tostring.lua:2: the script used up its budget of 5000000 instructions in one call; is there a loop that never ends?
local hostile = setmetatable({}, { __tostring = function() while true do end end })
print(hostile)
