-- Infi-MMR's three phases, and the same steps with one of them left out: does reading first help to see?
local crescent = import "crescent"

local params = crescent.params { seed = 1, phases = "text caption image", from = "", scale = "mini" }
local sizes = {
  mini = { sft = 400, prompts = 32, steps = 180, warm = 10, train = 2048, val = 192, examples = 6000 },
  tiny = { sft = 4, prompts = 4, steps = 6, warm = 1, train = 40, val = 16, examples = 32 },
}
local size = sizes[params.scale] or error('scale is "mini" or "tiny", not "' .. params.scale .. '"')

local run = crescent.run {
  name = ("curriculum-%s-%d"):format(params.phases:gsub(" ", "-"), params.seed), seed = params.seed, system = "",
  model = params.from ~= "" and params.from or "tiny-vl", tensorboard = false, -- from: another arm's cold start
  data = { "shapes", count = size.train, val_count = size.val, sft_count = size.examples },
}
if params.from == "" then
  local mix = { describe = 0.35, text = 0.25, caption = 0.1, image = 0.3 }
  run:sft { steps = size.sft, lr = 3e-3, warmup_steps = 3 * size.warm, mix = mix }
end
run:grpo {
  prompts = size.prompts, group = 8, max_response_tokens = 28, clip = { 0.2, 0.28 }, betas = { 0.9, 0.99 }, lr = 2e-4,
  schedule = "linear", warmup_steps = size.warm, final_share = 0.3, pass = { reward = "exact_math", at_least = 1 },
}
run:reward { "exact_math", weight = 0.9 }
run:reward { "format_tags", weight = 0.1 }

local names, views = { text = "foundation", caption = "adaptation", image = "enhancement" }, {}
for view in params.phases:gmatch("%a+") do views[#views + 1] = view end
for _, view in ipairs(views) do
  local name = names[view] or error("a phase is text, caption or image, not " .. view)
  run:phase { name, view = view, steps = size.steps // #views }
end
run:validate { samples = 4 }
run:checkpoint { every = size.sft } -- the cold start's is one of the two that are kept
return run
