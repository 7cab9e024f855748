-- What variance-aware sampling does on a starved pool: of 1,024 problems, read as text, 85 % are impossible, 5 % easy,
-- and 10 % can be learned. Several updates a batch, as in MMR1's Figure 2.
local crescent = import "crescent"

local params = crescent.params { seed = 1, sampler = "online", lambda = 0.8, prior = 1, scale = "mini" }
local sizes = {
  mini = { sft = 200, prompts = 16, steps = 150, every = 50, train = 1024, val = 384, examples = 6000 },
  tiny = { sft = 4, prompts = 4, steps = 4, every = 2, train = 40, val = 16, examples = 32 },
}
local size = sizes[params.scale] or error('scale is "mini" or "tiny", not "' .. params.scale .. '"')
local samplers = {
  online = { "variance_aware", lambda = params.lambda, a0 = params.prior, b0 = params.prior },
  paper = { "variance_aware", preset = "mmr1_ablation", lambda = params.lambda },
  uniform = { "uniform" },
  -- What nobody has in earnest: the problems that can be learned are known.
  oracle = { "mixture", field = "difficulty", shares = { ["0"] = 0, ["1"] = 1, ["2"] = 1, ["3"] = 1, ["4"] = 0 } },
}

local run = crescent.run {
  name = ("vas-%s-%g-%d"):format(params.sampler, params.lambda, params.seed), seed = params.seed, model = "tiny-vl",
  system = "", tensorboard = false,
  data = { "shapes", pool = "starved", count = size.train, val_count = size.val, sft_count = size.examples },
}
run:sft { steps = size.sft, batch = 48, lr = 3e-3, warmup_steps = 2, mix = { text = 1 } }
run:grpo {
  prompts = size.prompts, group = 8, max_response_tokens = 28, updates = { minibatch_prompts = 8 },
  lr = 1e-4, warmup_steps = 2, betas = { 0.9, 0.99 }, pass = { reward = "exact_math", at_least = 1 },
}
run:reward { "exact_math", weight = 0.9 }
run:reward { "format_tags", weight = 0.1 }
run:sampler(samplers[params.sampler] or error('sampler is "online", "paper", "uniform" or "oracle"'))
run:phase { "reading", view = "text", steps = size.steps }
run:validate { every = size.every, samples = 4, views = { "text" } }
return run
