--! undeclared_read.lua:3: the global "warm" is not defined
local crescent = import "crescent"
local x = warm
