--! hostile_index_loop.lua:4: '__index' chain too long; possible loop
local t = {}
t.__index = t
return setmetatable(t, t).x
