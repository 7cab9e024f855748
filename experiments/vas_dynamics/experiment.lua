-- What variance-aware sampling does on a starved pool: of 4,096 problems, read as text, 85 % are impossible, 5 % easy,
-- and 10 % can be learned. Four updates a batch, as in MMR1's Figure 2.
local crescent = import "crescent"

local params = crescent.params {
  seed = 1, sampler = "online", lambda = 0.8, prior = 1.0, strata = "", from = "", lr = 7e-5, scale = "mini" }
local sizes = {
  mini = { sft = 200, prompts = 32, steps = 112, warm = 10, every = 28, refresh = 56, train = 4096, val = 384, examples = 6000 },
  tiny = { sft = 4, prompts = 4, steps = 4, warm = 1, every = 2, refresh = 2, train = 120, val = 16, examples = 32 },
}
local size = sizes[params.scale] or error('scale is "mini" or "tiny", not "' .. params.scale .. '"')
local samplers = {
  online = { "variance_aware", lambda = params.lambda, a0 = params.prior, b0 = params.prior, strata = params.strata },
  paper = { "variance_aware", preset = "mmr1_ablation", lambda = params.lambda, refresh_every = size.refresh },
  uniform = { "uniform" },
  -- What nobody has in earnest: the problems that can be learned are known.
  oracle = { "mixture", field = "difficulty", shares = { ["0"] = 0, ["1"] = 1, ["2"] = 1, ["3"] = 1, ["4"] = 0 } },
}

local run = crescent.run {
  name = ("vas-%s%s-%g-%g-%d"):format(params.sampler, params.strata, params.lambda, params.prior, params.seed),
  seed = params.seed, system = "",
  model = params.from ~= "" and params.from or "tiny-vl", tensorboard = false, -- from: another arm's cold start
  data = { "shapes", pool = "starved", count = size.train, val_count = size.val, sft_count = size.examples },
}
if params.from == "" then run:sft { steps = size.sft, lr = 3e-3, warmup_steps = 3 * size.warm, mix = { text = 1 } } end
run:grpo {
  prompts = size.prompts, group = 8, max_response_tokens = 28, clip = { 0.2, 0.28 }, betas = { 0.9, 0.99 }, lr = params.lr,
  schedule = "linear", warmup_steps = size.warm, final_share = 0.3, pass = { reward = "exact_math", at_least = 1 },
  updates = { minibatch_prompts = size.prompts // 2, epochs = 2 },
}
run:reward { "exact_math", weight = 0.9 }
run:reward { "format_tags", weight = 0.1 }
run:sampler(samplers[params.sampler] or error('sampler is "online", "paper", "uniform" or "oracle"'))
run:phase { "reading", view = "text", steps = size.steps }
run:validate { every = size.every, samples = 4, views = { "text" } }
run:checkpoint { every = size.sft } -- the cold start's is one of the two that are kept
return run
