--! hang_pattern_gsub.lua:2: the script used up its budget of 5000000 instructions in one call; is there a loop that never ends?
local text = ("a"):rep(20000):gsub(".-b.-b", "")
