--! hostile_error_object.lua:2: error() was called with table, not a message
error(setmetatable({}, { __tostring = function() while true do end end }))
