-- The step that TRL is measured on: every response exactly `tokens` long, because the model of make_model.py never
-- draws a token that would end it. trl_steps.py sets TRL up for the same.
local crescent = import "crescent"

local params = crescent.params {
  model = "model", data = "data", view = "image", prompts = 8, group = 8, tokens = 64, steps = 6, max_grad_norm = 1,
  precision = "fp32",
}

-- trl_steps.py has the same; no group's rewards are all equal.
local function digits(s)
  local _, count = s.response:gsub("%d", "")
  return (s.response:find(s.gold, 1, true) and 1 or 0) + 0.01 * count
end

local run = crescent.run { name = "trl", model = params.model, data = params.data, precision = params.precision }
run:grpo {
  prompts = params.prompts, group = params.group, max_response_tokens = params.tokens, lr = 1e-5,
  max_grad_norm = params.max_grad_norm, advantage_eps = 1e-4, pass = { reward = "digits", at_least = 1 },
}
run:reward { "digits", score = digits }
run:sampler { "uniform" }
run:phase { "only", view = params.view, steps = params.steps }
run:validate { at_start = false, samples = 0, views = { params.view } }
run:checkpoint { every = 1000 }
run:rollouts { logprob_decimals = 9 }
return run
