--! replay_itself.lua:6: phase "main" replays itself
local crescent = import "crescent"
local run = crescent.run { name = "x" }
run:grpo {}
run:reward { "exact_math" }
run:phase { "main", view = "image", steps = 3, replay = { main = 0.5 } }
return run