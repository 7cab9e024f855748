--! 4 mistakes:
--!   many_mistakes.lua:7: run has no option "sed"; did you mean "seed"?
--!   many_mistakes.lua:9: sft: option "steps" must be an integer, found a string "x"
--!   many_mistakes.lua:12: grpo: option "group" is 1, but must be from 2 to 1024
--!   many_mistakes.lua:15: phase "main": option "view" is "img", but must be one of text, caption, image
local crescent = import "crescent"
local run = crescent.run { sed = 3 }
run:sft {
  steps = "x",
}
run:grpo { prompts = 4,  -- { a comment with = signs
  group = 1,
}
run:reward { "exact_math" }
run:phase { "main", view = "img", steps = 5 }
return run
