--! pcall_endless.lua:3: the script used up its budget of 5000000 instructions in one call; is there a loop that never ends?
local crescent = import "crescent"
while true do pcall(function() while true do end end) end
