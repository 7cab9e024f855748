--! hostile_dump.lua:2: string has no "dump"; known: byte, char, find, format, gmatch, gsub, len, lower, match, rep, reverse, sub, upper
return string.dump(function() end)
