-- What the sweep's test trains: small runs of every kind of setting, so that cells part at every kind of place.
local crescent = import "crescent"
local params = crescent.params {
  seed = 1, cold = 3, first = 2, second = 2, lambda = 0.5, late_lr = 3e-4, kl = 0.0, every = 2,
  schedule = "constant", closure = "none", open = false, samples = 2, shape = "lambda", pick = 1,
}

local function build(p)
  local run = crescent.run {
    name = "cell", seed = p.seed, model = "tiny-vl", system = "",
    data = { "shapes", count = 24, val_count = 6, sft_count = 16 },
  }
  run:sft { steps = p.cold, batch = 4, lr = 3e-3, schedule = "constant", warmup_steps = 0, mix = { text = 0.5, image = 0.5 } }
  run:grpo {
    prompts = 2, group = 2, max_response_tokens = 8, lr = 3e-4, schedule = p.schedule, kl = { coefficient = p.kl },
    pass = { reward = "exact_math", at_least = 1 },
  }
  run:reward { "exact_math", weight = 1 }
  if p.closure == "reward" then
    run:reward { "brevity", weight = 0.5, score = function(s) return p.lambda - s.tokens / 8 end }
  else
    run:reward { "length", weight = 0.5, max_tokens = 6, cache_tokens = 2 }
  end
  run:sampler { "variance_aware", refresh = "periodic", refresh_every = 3, refresh_rollouts = 2, lambda = p.lambda }
  run:phase { "one", view = "text", steps = p.first, replay = { two = 0.5 } }
  if p.open then
    run:phase { "open", view = "text",
      leave = { "threshold", metric = "val/text/accuracy", at_least = 0.9, min_steps = 1, max_steps = 3 } }
  end
  run:phase { "two", view = "text", steps = p.second, sampler = { "pass_rate_window", explore = 0.5 } }
  run:phase {
    "three", view = "text", steps = 2, reset_moments = true,
    grpo = { lr = p.late_lr, schedule = p.closure == "schedule" and function(step) return p.lambda / step end or nil },
  }
  if p.closure == "on_step" then
    run.state.sum = p.lambda
    run:on_step(function(step) run.state.sum = run.state.sum + step end)
  end
  if p.closure == "on_phase" then run:on_phase(function(change) run.state.last = change.from end) end
  run:validate { every = p.every, samples = p.samples, views = { "text" }, prompts = 4 }
  run:checkpoint { every = 3, keep_last = 2, keep_best = "val/text/accuracy" }
  return run
end

-- Named shapes, and random grids over all of it.
local shapes = {
  lambda = { lambda = { 0.0, 0.5, 1.0 } },
  lengths = { first = { 1, 2, 4 }, second = { 1, 2 } },
  middle = { second = { 2, 3 }, late_lr = { 1e-4, 5e-4 } },
  late = { late_lr = { 1e-4, 2e-4 } },
  cold = { cold = { 1, 2, 4 }, kl = { 0.0, 0.01 } },
  open = { open = { true }, late_lr = { 1e-4, 5e-4 }, second = { 1, 2 } },
  closures = { closure = { "none", "reward", "on_step", "on_phase", "schedule" }, lambda = { 0.0, 0.5 } },
  schedules = { schedule = { "constant", "linear" }, first = { 2, 3 } },
}
if params.shape == "random" then
  return crescent.sweep {
    name = "random", build = build, params = params, seeds = 1,
    random = { cells = 5, seed = params.pick, over = {
      cold = { 1, 2, 3 }, first = { 1, 2, 3 }, second = { 1, 2 }, lambda = { 0.0, 0.5 }, late_lr = { 1e-4, 3e-4 },
      kl = { 0.0, 0.01 }, open = { false, true }, schedule = { "constant", "linear" }, every = { 2, 3 },
      closure = { "none", "on_phase", "schedule" }, samples = { 0, 2 } } },
    only = function(p) return not (p.open and p.schedule == "linear") end,
  }
end
return crescent.sweep { name = params.shape, build = build, params = params, seeds = 1, grid = shapes[params.shape] }
