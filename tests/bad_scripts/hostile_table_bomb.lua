--! hostile_table_bomb.lua:3: the script used up its budget of 5000000 instructions in one call; is there a loop that never ends?
local t = {}
while true do t[#t + 1] = #t end
