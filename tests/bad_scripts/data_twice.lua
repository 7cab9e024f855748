--! 3 mistakes:
--!   data_twice.lua:7: data: the entry 64 has no name; options are written name = value
--!   data_twice.lua:8: data names two sources, "shapes" and "mine"
--!   data_twice.lua:9: data has no option "cout"; did you mean "count"?
local crescent = import "crescent"
local run = crescent.run { name = "x", data = { "shapes",
                           64,
                           source = "mine",
                           cout = 64 } }
run:sft { steps = 1 }
run:grpo {}
run:reward { "exact_math" }
run:phase { "main", view = "image", steps = 5 }
return run
