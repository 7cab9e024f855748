-- Infi-MMR's three phases, and the same steps with one of them left out: does reading first help to see?
local crescent = import "crescent"

local params = crescent.params { seed = 1, phases = "text caption image", scale = "mini" }
local sizes = {
  mini = { sft = 400, batch = 48, prompts = 16, steps = 240, train = 1024, val = 384, examples = 6000 },
  tiny = { sft = 4, batch = 8, prompts = 4, steps = 6, train = 40, val = 16, examples = 32 },
}
local size = sizes[params.scale] or error('scale is "mini" or "tiny", not "' .. params.scale .. '"')

local run = crescent.run {
  name = ("curriculum-%s-%d"):format(params.phases:gsub(" ", "-"), params.seed), seed = params.seed, model = "tiny-vl",
  system = "", tensorboard = false,
  data = { "shapes", count = size.train, val_count = size.val, sft_count = size.examples },
}
run:sft {
  steps = size.sft, batch = size.batch, lr = 3e-3, warmup_steps = 2,
  mix = { describe = 0.35, text = 0.25, caption = 0.1, image = 0.3 },
}
run:grpo {
  prompts = size.prompts, group = 8, max_response_tokens = 28, clip = { 0.2, 0.28 },
  lr = 2e-4, betas = { 0.9, 0.99 }, pass = { reward = "exact_math", at_least = 1 },
}
run:reward { "exact_math", weight = 0.9 }
run:reward { "format_tags", weight = 0.1 }
run:sampler { "uniform" }

local names = { text = "foundation", caption = "adaptation", image = "enhancement" }
local views = {}
for view in params.phases:gmatch("%a+") do views[#views + 1] = view end
for _, view in ipairs(views) do
  run:phase { names[view] or error("a phase is text, caption or image, not " .. view), view = view, steps = size.steps // #views }
end
run:validate { samples = 4 }
return run
