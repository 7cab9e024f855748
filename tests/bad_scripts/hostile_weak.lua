--! hostile_weak.lua:2: setmetatable: __mode is not allowed, because it acts when memory is freed
setmetatable({}, { __mode = "k" })
