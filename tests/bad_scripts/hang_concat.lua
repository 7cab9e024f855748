--! hang_concat.lua:2: the script used up its budget of 5000000 instructions in one call; is there a loop that never ends?
local t = setmetatable({}, { __concat = function() while true do end end })
local text = t .. "x"
