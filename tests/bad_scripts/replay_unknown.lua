--! replay_unknown.lua:7: phase "b" replays "aa", which is no phase; did you mean "a"?
local crescent = import "crescent"
local run = crescent.run { name = "x" }
run:grpo {}
run:reward { "exact_math" }
run:phase { "a", view = "text", steps = 3 }
run:phase { "b", view = "image", steps = 3, replay = { aa = 0.5 } }
return run