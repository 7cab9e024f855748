--! syntax.lua:3: 'then' expected near 'return'
local crescent = import "crescent"
if crescent return
