--! hang_gc.lua:2: setmetatable: __gc is not allowed, because it acts when memory is freed
setmetatable({}, { __gc = function() while true do end end })
