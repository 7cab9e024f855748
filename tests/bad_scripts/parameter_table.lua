--! parameter_table.lua:3: crescent.params: "sizes" is a table; a parameter is a number, string or boolean
local crescent = import "crescent"
local params = crescent.params { sizes = { 1, 2 } }
