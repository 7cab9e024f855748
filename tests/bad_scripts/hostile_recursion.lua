--! hostile_recursion.lua:2: the script needs more than its limit of 32 MB of memory
local function f(n) return 1 + f(n + 1) end
return f(1)
