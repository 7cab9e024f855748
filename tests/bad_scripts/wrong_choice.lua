--! wrong_choice.lua:4: grpo: option "loss" is "tokens", but must be one of token, sequence, dr_grpo; did you mean "token"?
local crescent = import "crescent"
local run = crescent.run { name = "x" }
run:grpo { loss = "tokens" }
run:reward { "exact_math" }
run:phase { "main", view = "image", steps = 5 }
return run