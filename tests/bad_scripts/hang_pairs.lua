--! hang_pairs.lua:2: the script used up its budget of 5000000 instructions in one call; is there a loop that never ends?
for _ in pairs(setmetatable({}, { __pairs = function() while true do end end })) do end
