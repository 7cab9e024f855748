-- Quickstart, with its accuracy reward shuffled within each group: what it gains then is not learned from the reward.
-- `pass` and the metrics still come from the true verdicts, at weight 0.
local crescent = import "crescent"

local params = crescent.params { seed = 1, plugin = "", sft = 840, image = 1120 }

local run = crescent.run {
  name = "shuffled-" .. params.seed, seed = params.seed, model = "tiny-vl", system = "",
  data = { "shapes", count = 2048, val_count = 384, sft_count = 6000 },
}
run:sft {
  steps = params.sft, batch = 48, lr = 3e-3, mix = { describe = 0.35, text = 0.25, caption = 0.1, image = 0.3 },
}
run:grpo {
  prompts = 32, group = 8, max_response_tokens = 28, clip = { 0.2, 0.28 }, loss = "token",
  lr = 2e-4, betas = { 0.9, 0.99 }, schedule = "linear", warmup_steps = 20, final_share = 0.3,
  pass = { reward = "exact_math", at_least = 1 },
}
run:reward { "exact_math", weight = 0 }
run:reward { params.plugin, name = "shuffled_math", weight = 0.9 }
run:reward { "format_tags", weight = 0.1 }
run:sampler { "variance_aware", lambda = 0.2, sharpness = 1 }

run:phase { "foundation", view = "text", steps = 40, replay = { enhancement = 0.5 } }
run:phase { "adaptation", view = "caption", steps = 40, replay = { enhancement = 0.5 } }
run:phase { "enhancement", view = "image", steps = params.image, replay = { foundation = 0.1, adaptation = 0.1 } }

run:validate { every = 200, samples = 4 }
return run
