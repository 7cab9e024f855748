--! hostile_concat_bomb.lua:3: the script needs more than its limit of 32 MB of memory
local text = "x"
while true do text = text .. text end
