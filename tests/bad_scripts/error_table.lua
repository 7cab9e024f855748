--! error_table.lua:3: error() was called with table, not a message
local crescent = import "crescent"
error({})
