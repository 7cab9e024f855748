-- A miniature Qwen2.5-VL learns to see and to reason, from scratch, on a CPU: a cold start on worked examples, then
-- GRPO through Infi-MMR's three phases (text alone, with captions, pictures alone), prompts drawn by MMR1's
-- variance-aware sampling in its online form.
local crescent = import "crescent"

local params = crescent.params { seed = 1, scale = "full" }
local sizes = {
  full = { sft = 840, batch = 48, prompts = 32, warm = 40, image = 1120, warmup = 20, train = 2048, val = 384,
           examples = 6000 },
  tiny = { sft = 6, batch = 8, prompts = 4, warm = 2, image = 3, warmup = 2, train = 64, val = 32, examples = 96 },
}
local size = sizes[params.scale] or error('scale is "full" or "tiny", not "' .. params.scale .. '"')

local run = crescent.run {
  name = "quickstart-" .. params.seed, seed = params.seed, model = "tiny-vl", system = "",
  data = { "shapes", count = size.train, val_count = size.val, sft_count = size.examples },
}
run:sft {
  steps = size.sft, batch = size.batch, lr = 3e-3,
  mix = { describe = 0.35, text = 0.25, caption = 0.1, image = 0.3 },
}
run:grpo {
  prompts = size.prompts, group = 8, max_response_tokens = 28, clip = { 0.2, 0.28 }, loss = "token",
  lr = 2e-4, betas = { 0.9, 0.99 }, schedule = "linear", warmup_steps = size.warmup, final_share = 0.3,
  pass = { reward = "exact_math", at_least = 1 },
}
run:reward { "exact_math", weight = 0.9 }
run:reward { "format_tags", weight = 0.1 }
run:sampler { "variance_aware", lambda = 0.2, sharpness = 1 }

run:phase { "foundation", view = "text", steps = size.warm, replay = { enhancement = 0.5 } }
run:phase { "adaptation", view = "caption", steps = size.warm, replay = { enhancement = 0.5 } }
run:phase { "enhancement", view = "image", steps = size.image, replay = { foundation = 0.1, adaptation = 0.1 } }

run:validate { every = 200, samples = 4 }
return run
