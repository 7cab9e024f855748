--! hostile_format.lua:2: invalid conversion specification: '%99999d'
return ("%99999d"):format(1)
