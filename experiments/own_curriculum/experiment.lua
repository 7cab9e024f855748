-- A sampler and phase transitions of one's own, in Lua: middle.lua draws the prompts; each phase is left when held-out
-- accuracy has reached a goal or has stopped rising.
local crescent, middle = import "crescent", import "middle"

local params = crescent.params { seed = 1, sampler = "middle", goal = 0.7, scale = "full" }
local sizes = {
  full = { sft = 900, batch = 32, prompts = 32, most = 200, every = 25, train = 1024, val = 384, examples = 6000 },
  tiny = { sft = 4, batch = 8, prompts = 4, most = 4, every = 2, train = 32, val = 16, examples = 32 },
}
local size = sizes[params.scale] or error('scale is "full" or "tiny", not "' .. params.scale .. '"')

local run = crescent.run {
  name = ("own-curriculum-%s-%d"):format(params.sampler, params.seed), seed = params.seed, model = "tiny-vl", system = "",
  data = { "shapes", count = size.train, val_count = size.val, sft_count = size.examples },
}
run:sft {
  steps = size.sft, batch = size.batch, lr = 3e-3, warmup_steps = 2,
  mix = { describe = 0.4, text = 0.2, image = 0.4 },
}
run:grpo { prompts = size.prompts, group = 8, max_response_tokens = 28, lr = 1e-4, betas = { 0.9, 0.99 } }
run:reward { "exact_math" }
run:sampler(params.sampler == "middle" and middle(run) or { params.sampler })

local function leave(m)
  local metric = "val/" .. m.view .. "/accuracy"
  local accuracy = m:metric(metric) or 0
  if accuracy >= params.goal then return true, ("%s is %.3f, the goal %.2f"):format(metric, accuracy, params.goal) end
  if m:plateau(metric, 4) then return true, metric .. " has stopped rising" end
  return m.phase_step >= size.most, size.most .. " steps are the most"
end
run:phase { "read", view = "text", leave = leave, replay = { see = 0.5 } }
run:phase { "see", view = "image", leave = leave, replay = { read = 0.2 } }
run:validate { every = size.every, samples = 0, views = { "text", "image" } }
return run
