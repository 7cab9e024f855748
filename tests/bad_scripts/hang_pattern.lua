--! hang_pattern.lua:2: the script used up its budget of 5000000 instructions in one call; is there a loop that never ends?
local found = ("a"):rep(20000):find(".-b.-b")
