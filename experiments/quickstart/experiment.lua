-- A miniature Qwen2.5-VL learns to see and to reason, from scratch, on a CPU: a cold start on worked examples, then
-- GRPO through Infi-MMR's three phases (text-only, with captions, images alone), prompts drawn by MMR1's
-- variance-aware sampling.
local crescent = import "crescent"

local params = crescent.params { seed = 1, scale = "full" }
local tiny = params.scale == "tiny"
if not tiny and params.scale ~= "full" then error('scale is "full" or "tiny", not "' .. params.scale .. '"') end

local run = crescent.run {
  name = "quickstart-" .. params.seed, seed = params.seed, model = "tiny-vl", system = "",
  data = { source = "shapes", count = tiny and 64 or 2048, val_count = tiny and 32 or 384, sft_count = tiny and 96 or 6000 },
}

run:sft {
  steps = tiny and 6 or 600, batch = tiny and 8 or 48, lr = 3e-3,
  mix = { describe = 0.35, text = 0.25, caption = 0.1, image = 0.3 },
}

run:grpo {
  prompts = tiny and 4 or 32, group = 8, max_response_tokens = 28, lr = 2e-4, betas = { 0.9, 0.99 },
  clip = { 0.2, 0.28 }, loss = "token", schedule = "linear", warmup_steps = 20, final_share = 0.3,
  pass = { reward = "exact_math", at_least = 1 },
}
run:reward { "exact_math", weight = 0.9 }
run:reward { "format_tags", weight = 0.1 }
run:sampler { "variance_aware" }

run:phase { "foundation", view = "text", steps = tiny and 2 or 40, replay = { enhancement = 0.5 } }
run:phase { "adaptation", view = "caption", steps = tiny and 2 or 40, replay = { enhancement = 0.5 } }
run:phase { "enhancement", view = "image", steps = tiny and 3 or 820 }

run:validate { every = tiny and 0 or 200, samples = 4 }
run:checkpoint { every = tiny and 4 or 100, keep_last = 2 }

return run
