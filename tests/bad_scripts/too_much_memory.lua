--! too_much_memory.lua:4: the script needs more than its limit of 32 MB of memory
local crescent = import "crescent"
local t = {}
for i = 1, 1e9 do t[i] = i end
