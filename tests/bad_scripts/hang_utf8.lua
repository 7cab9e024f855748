--! hang_utf8.lua:3: the script used up its budget of 5000000 instructions in one call; is there a loop that never ends?
local text = ("x"):rep(1000000)
while true do utf8.len(text) end
