--! hostile_load.lua:2: the global "load" is not defined
return load("\27Lua")
