--! undeclared_near.lua:3: the global "prnt" is not defined; did you mean "print"?
local crescent = import "crescent"
prnt(1)
