--! hang_close.lua:3: the script used up its budget of 5000000 instructions in one call; is there a loop that never ends?
local function forever()
  while true do end
end
local held <close> = setmetatable({}, { __close = forever })
error("first")
