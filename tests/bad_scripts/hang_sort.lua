--! hang_sort.lua:2: the script used up its budget of 5000000 instructions in one call; is there a loop that never ends?
table.sort({ 3, 1, 2 }, function() while true do end end)
