--! hang_insert_len.lua:3: the script used up its budget of 5000000 instructions in one call; is there a loop that never ends?
local t = setmetatable({}, { __len = function() return math.maxinteger end })
while true do table.insert(t, 1, 5) end
