--! hang_rep.lua:2: the script used up its budget of 5000000 instructions in one call; is there a loop that never ends?
while true do string.rep("", math.maxinteger) end
