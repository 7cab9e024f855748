--! shapes_with_files.lua:3: data: option "train" is "my.jsonl", but the built-in shapes are read from files of their own; leave it out
local crescent = import "crescent"
local run = crescent.run { name = "x", data = { "shapes", train = "my.jsonl" } }
run:grpo {}
run:reward { "exact_math" }
run:phase { "main", view = "image", steps = 5 }
return run
