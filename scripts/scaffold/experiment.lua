-- A run of seconds that tries @NAME@.
local crescent = import "crescent"
@IMPORT@
local run = crescent.run {
  name = "@NAME@", model = "tiny-vl", system = "",
  data = { "shapes", count = 64, val_count = 16, sft_count = 64 },
}
run:sft { steps = 10, batch = 8, lr = 3e-3, warmup_steps = 2 }
run:grpo { prompts = 4, group = 4, max_response_tokens = 24, pass = { reward = "exact_math", at_least = 1 } }
run:reward { "exact_math" }
@ROLE@
run:phase { "only", view = "image", @LEAVE@ }
run:validate { samples = 0 }
return run
