--! hang_tonumber.lua:3: the script used up its budget of 5000000 instructions in one call; is there a loop that never ends?
local digits = ("1"):rep(1000000)
while true do tonumber(digits, 36) end
