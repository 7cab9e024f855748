--! no_module.lua:3: import "rewards/none": there is no rewards/none.lua in the experiment's folder
local crescent = import "crescent"
import "rewards/none"
