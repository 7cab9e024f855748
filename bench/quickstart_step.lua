-- Quickstart's GRPO image step (32 prompts x 8 responses of at most 28 tokens), for its time alone: a cold start just
-- long enough for well-formed answers, then 40 steps.
local crescent = import "crescent"
local run = crescent.run {
  name = "quickstart_step", seed = 7, model = "tiny-vl", system = "",
  data = { source = "shapes", count = 512, val_count = 8, sft_count = 2000 },
}
run:sft { steps = 250, batch = 48, lr = 3e-3, mix = { describe = 0.35, text = 0.25, caption = 0.1, image = 0.3 } }
run:grpo {
  prompts = 32, group = 8, max_response_tokens = 28, lr = 2e-4, betas = { 0.9, 0.99 }, clip = { 0.2, 0.28 },
  pass = { reward = "exact_math", at_least = 1 },
}
run:reward { "exact_math", weight = 0.9 }
run:reward { "format_tags", weight = 0.1 }
run:sampler { "variance_aware" }
run:phase { "enhancement", view = "image", steps = 40 }
run:validate { at_start = false, samples = 0, prompts = 8, views = { "image" } }
run:checkpoint { every = 1000 }
return run
