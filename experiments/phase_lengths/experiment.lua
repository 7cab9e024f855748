-- How long the first two of Infi-MMR's phases should be before the pictures stand alone. Cells share the cold start, and
-- of each phase as many steps as the shorter one has.
local crescent = import "crescent"

local params = crescent.params { seed = 1, scale = "mini", text = 20, caption = 20 }
local sizes = {
  mini = { sft = 300, batch = 48, prompts = 16, image = 60, train = 1024, val = 192, examples = 3000, seeds = 8,
           lengths = { 10, 20, 40 } },
  tiny = { sft = 4, batch = 8, prompts = 4, image = 2, train = 64, val = 24, examples = 96, seeds = 1, lengths = { 1, 2 } },
}
local size = sizes[params.scale] or error('scale is "mini" or "tiny", not "' .. params.scale .. '"')

local function build(p)
  local run = crescent.run {
    name = "lengths", seed = p.seed, model = "tiny-vl", system = "",
    data = { "shapes", count = size.train, val_count = size.val, sft_count = size.examples },
  }
  run:sft { steps = size.sft, batch = size.batch, lr = 3e-3, schedule = "linear", warmup_steps = 2,
            mix = { describe = 0.35, text = 0.25, caption = 0.1, image = 0.3 } }
  run:grpo { prompts = size.prompts, group = 8, max_response_tokens = 28, clip = { 0.2, 0.28 }, lr = 1e-4,
             pass = { reward = "exact_math", at_least = 1 } }
  run:reward { "exact_math", weight = 0.9 }
  run:reward { "format_tags", weight = 0.1 }
  run:phase { "foundation", view = "text", steps = p.text }
  run:phase { "adaptation", view = "caption", steps = p.caption }
  run:phase { "enhancement", view = "image", steps = size.image }
  return run
end

return crescent.sweep {
  build = build, params = params, seeds = size.seeds, grid = { text = size.lengths, caption = size.lengths },
}
