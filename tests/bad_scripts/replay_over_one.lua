--! replay_over_one.lua:8: phase "c": the shares of "replay" add up to 1.25, which is over 1
local crescent = import "crescent"
local run = crescent.run { name = "x" }
run:grpo {}
run:reward { "exact_math" }
run:phase { "a", view = "text", steps = 3 }
run:phase { "b", view = "text", steps = 3 }
run:phase { "c", view = "image", steps = 3, replay = { a = 0.5, b = 0.75 } }
return run