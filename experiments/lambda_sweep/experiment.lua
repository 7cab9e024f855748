-- How much of a batch variance-aware sampling should draw: lambda from 0 (none: the pool is walked evenly) to 1 (all of it),
-- the same seeds for each. The cells of a seed share the cold start.
local crescent = import "crescent"

local params = crescent.params { seed = 1, scale = "mini", lambda = 0.0 }
local sizes = {
  mini = { sft = 300, batch = 48, prompts = 16, steps = 120, train = 1024, val = 192, examples = 3000, seeds = 8 },
  tiny = { sft = 4, batch = 8, prompts = 4, steps = 3, train = 64, val = 24, examples = 96, seeds = 1 },
}
local size = sizes[params.scale] or error('scale is "mini" or "tiny", not "' .. params.scale .. '"')

local function build(p)
  local run = crescent.run {
    name = "lambda", seed = p.seed, model = "tiny-vl", system = "",
    data = { "shapes", count = size.train, val_count = size.val, sft_count = size.examples, pool = "starved" },
  }
  run:sft { steps = size.sft, batch = size.batch, lr = 3e-3, schedule = "linear", warmup_steps = 2, mix = { text = 1 } }
  run:grpo {
    prompts = size.prompts, group = 8, max_response_tokens = 28, clip = { 0.2, 0.28 }, lr = 1e-4,
    pass = { reward = "exact_math", at_least = 1 },
  }
  run:reward { "exact_math", weight = 0.9 }
  run:reward { "format_tags", weight = 0.1 }
  run:sampler { "variance_aware", lambda = p.lambda, sharpness = 1 }
  run:phase { "text", view = "text", steps = size.steps }
  run:validate { every = 40, views = { "text" } }
  return run
end

return crescent.sweep {
  build = build, params = params, seeds = size.seeds, grid = { lambda = { 0.0, 0.5, 1.0 } }, baseline = { lambda = 0.0 },
}
