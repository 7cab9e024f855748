--! hostile_print_bomb.lua:3: the script used up its budget of 5000000 instructions in one call; is there a loop that never ends?
local text = ("x"):rep(1000000)
print(table.unpack({ text, text, text, text, text, text, text, text }))
