-- What variance-aware sampling does on a starved pool: of 4,096 problems, read as text, 85 % are impossible, 5 % easy,
-- and 10 % can be learned. Four updates a batch, as in MMR1's Figure 2. The arms of a seed share the cold start.
local crescent = import "crescent"

local params = crescent.params { seed = 1, sampler = "uniform", lambda = 0.8, prior = 1.0, strata = "", lr = 7e-5, scale = "mini" }
local sizes = {
  mini = { sft = 200, prompts = 32, steps = 112, warm = 10, every = 28, refresh = 56, train = 4096, val = 384, examples = 6000, seeds = 8 },
  tiny = { sft = 4, prompts = 4, steps = 4, warm = 1, every = 2, refresh = 2, train = 120, val = 16, examples = 32, seeds = 1 },
}
local size = sizes[params.scale] or error('scale is "mini" or "tiny", not "' .. params.scale .. '"')

local function build(p)
  local samplers = {
    online = { "variance_aware", lambda = p.lambda, a0 = p.prior, b0 = p.prior, strata = p.strata },
    paper = { "variance_aware", preset = "mmr1_ablation", lambda = p.lambda, refresh_every = size.refresh },
    uniform = { "uniform" },
    -- What nobody has in earnest: the problems that can be learned are known.
    oracle = { "mixture", field = "difficulty", shares = { ["0"] = 0, ["1"] = 1, ["2"] = 1, ["3"] = 1, ["4"] = 0 } },
  }
  local run = crescent.run { name = "vas", seed = p.seed, model = "tiny-vl", system = "", tensorboard = false,
    data = { "shapes", pool = "starved", count = size.train, val_count = size.val, sft_count = size.examples } }
  run:sft { steps = size.sft, lr = 3e-3, warmup_steps = 3 * size.warm, mix = { text = 1 } }
  run:grpo {
    prompts = size.prompts, group = 8, max_response_tokens = 28, clip = { 0.2, 0.28 }, betas = { 0.9, 0.99 }, lr = p.lr,
    schedule = "linear", warmup_steps = size.warm, final_share = 0.3, pass = { reward = "exact_math", at_least = 1 },
    updates = { minibatch_prompts = size.prompts // 2, epochs = 2 } }
  run:reward { "exact_math", weight = 0.9 }
  run:reward { "format_tags", weight = 0.1 }
  run:sampler(samplers[p.sampler] or error('sampler is "online", "paper", "uniform" or "oracle"'))
  run:phase { "reading", view = "text", steps = size.steps }
  run:validate { every = size.every, samples = 4, views = { "text" } }
  return run
end

return crescent.sweep { build = build, params = params, seeds = size.seeds,
  baseline = { sampler = "uniform", lambda = 0.8, prior = 1.0, strata = "" }, list = {
  { sampler = "uniform" }, { sampler = "oracle" }, { sampler = "paper", lambda = 0.5 }, { sampler = "paper", lambda = 1.0 },
  { sampler = "online" }, { sampler = "online", prior = 0.25 }, { sampler = "online", prior = 0.25, strata = "difficulty" } } }
