-- Does partial credit help? near_miss, a reward in C++ that is built in this folder, beside exact_math; only exact_math
-- says what counts as solved. Build it first: make -C experiments/outside_plugin
local crescent = import "crescent"

local params = crescent.params { seed = 1, weight = 0.3, half_at = 0.1, scale = "full" }
local sizes = {
  full = { sft = 400, batch = 32, prompts = 32, steps = 400, warm = 10, train = 1024, val = 384, examples = 3000 },
  tiny = { sft = 4, batch = 8, prompts = 4, steps = 4, warm = 1, train = 32, val = 16, examples = 32 },
}
local size = sizes[params.scale] or error('scale is "full" or "tiny", not "' .. params.scale .. '"')

local run = crescent.run {
  name = ("near-miss-%g-%d"):format(params.weight, params.seed), seed = params.seed, model = "tiny-vl", system = "",
  data = { "shapes", count = size.train, val_count = size.val, sft_count = size.examples },
}
run:sft { steps = size.sft, batch = size.batch, lr = 3e-3, warmup_steps = size.warm, mix = { text = 1 } }
run:grpo {
  prompts = size.prompts, group = 8, max_response_tokens = 28, betas = { 0.9, 0.99 },
  lr = 3e-4, schedule = "linear", warmup_steps = size.warm, final_share = 0.1,
  pass = { reward = "exact_math", at_least = 1 },
}
run:reward { "exact_math" }
run:reward { "./near_miss.so", name = "near_miss", weight = params.weight, half_at = params.half_at }
run:phase { "text", view = "text", steps = size.steps }
run:validate { every = 100, samples = 4, views = { "text" } }
return run
