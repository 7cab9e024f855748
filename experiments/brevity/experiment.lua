-- A reward for short thoughts, written in Lua, beside exact_math: does it shorten them, and what does it cost?
local crescent = import "crescent"

local params = crescent.params { seed = 1, weight = 0.5, only_right = true, scale = "full" }
local sizes = {
  full = { sft = 400, batch = 32, prompts = 32, steps = 400, warm = 10, train = 1024, val = 384, examples = 3000 },
  tiny = { sft = 4, batch = 8, prompts = 4, steps = 4, warm = 1, train = 32, val = 16, examples = 32 },
}
local size = sizes[params.scale] or error('scale is "full" or "tiny", not "' .. params.scale .. '"')

-- 1 without any thoughts, falling to 0 at 24 characters. nil: nothing to say about a wrong answer, so that being wrong
-- quickly is worth no more than being wrong slowly.
local function brevity(s)
  local thoughts, answer = s.response:match("^<think>(.*)</think><answer>(.*)</answer>$")
  if params.only_right and answer ~= s.gold then return nil end
  return thoughts and math.max(0, 1 - #thoughts / 24) or 0
end

local run = crescent.run {
  name = ("brevity-%g-%s-%d"):format(params.weight, params.only_right and "right" or "all", params.seed),
  seed = params.seed, model = "tiny-vl", system = "",
  data = { "shapes", count = size.train, val_count = size.val, sft_count = size.examples },
}
run:sft { steps = size.sft, batch = size.batch, lr = 3e-3, warmup_steps = size.warm, mix = { text = 1 } }
run:grpo {
  prompts = size.prompts, group = 8, max_response_tokens = 28, betas = { 0.9, 0.99 },
  lr = 3e-4, schedule = "linear", warmup_steps = size.warm, final_share = 0.1,
  pass = { reward = "exact_math", at_least = 1 },
}
run:reward { "exact_math" }
run:reward { "brevity", weight = params.weight, score = brevity }
run:phase { "text", view = "text", steps = size.steps }
run:validate { every = 100, samples = 4, views = { "text" } }
return run
