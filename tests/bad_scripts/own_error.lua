--! own_error.lua:3: no data today
local crescent = import "crescent"
error("no data today")
