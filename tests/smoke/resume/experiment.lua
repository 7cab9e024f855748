-- What the kill-and-resume test trains: cold start, three phases, KL with a reference that one of them renews, groups
-- without signal replaced, several updates a batch, state in Lua, and either variance-aware sampling or a sampler written
-- here; the last phase has settings, a sampler, weights and a budget of its own.
local crescent = import "crescent"
local params = crescent.params { sampler = "vas" }

local run = crescent.run {
  name = "resume", seed = 5, model = "tiny-vl", system = "",
  data = { "shapes", count = 48, val_count = 12, sft_count = 24 },
}
run:sft { steps = 10, batch = 8, lr = 3e-3, mix = { describe = 0.3, text = 0.3, image = 0.4 } }
run:grpo {
  prompts = 4, group = 4, max_response_tokens = 16, resample = 1, lr = 3e-4, clip = { 0.2, 0.28 }, temperature = 1.2,
  kl = { coefficient = 0.01, estimator = "k3" }, updates = { minibatch_prompts = 2, epochs = 2 },
  pass = { reward = "exact_math", at_least = 1 },
}
run:reward { "exact_math", weight = 1 }
run:reward { "format_tags", weight = 0.5 }
run:reward { "brevity", weight = 0.1, score = function(s) return 1 - s.tokens / 16 end }
if params.sampler == "vas" then
  run:sampler { "variance_aware", refresh = "periodic", refresh_every = 3, refresh_rollouts = 2, lambda = 0.5 }
else
  run:sampler {
    draw = function(ctx, n)
      local seen = run.state.seen or {}
      local picked = {}
      for i = 1, n do
        local best, fewest = nil, math.huge
        for _, p in ipairs(ctx.eligible) do
          local count = (seen[tostring(p)] or 0) + math.random() * 0.5
          if count < fewest then best, fewest = p, count end
        end
        seen[tostring(best)] = (seen[tostring(best)] or 0) + 1
        picked[i] = best
      end
      run.state.seen = seen
      return picked
    end,
  }
end
run:phase { "foundation", view = "text", steps = 10, replay = { enhancement = 0.5 } }
run:phase { "adaptation", view = "caption", leave = function(m) return m.phase_step >= 10, "ten steps are enough" end,
  reset_reference = true, reset_moments = true }
run:phase {
  "enhancement", view = "image", steps = 10, budget = { tokens = 2600 }, rewards = { brevity = 0.5 },
  sampler = { "pass_rate_window", explore = 0.5 }, replay = { adaptation = 0.25 },
  grpo = { lr = 2e-4, group = 6, max_response_tokens = 12, kl = { coefficient = 0 }, schedule = function(step) return 1 / step end },
}
run:validate { every = 4, samples = 2 }
run:checkpoint { every = 1, keep_last = 2, keep_best = "val/image/accuracy" }
return run
