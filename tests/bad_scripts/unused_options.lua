--! 10 mistakes:
--!   unused_options.lua:15: data: option "count" is 64, but only the built-in shapes have it; a folder's files are read whole; leave it out
--!   unused_options.lua:16: data: option "val_count" is 8, but only the built-in shapes have it; a folder's files are read whole; leave it out
--!   unused_options.lua:19: sft: option "final_share" is 0.5, but a constant schedule ends at the rate it has; leave it out
--!   unused_options.lua:22: grpo: option "warmup_steps" is 3, but the schedule is a function, which gives the rate of every step; leave it out
--!   unused_options.lua:23: grpo: option "final_share" is 0.5, but the schedule is a function, which gives the rate of every step; leave it out
--!   unused_options.lua:25: grpo.kl: option "estimator" is "k2", but the coefficient is 0, so no divergence is measured; leave it out
--!   unused_options.lua:26: grpo.kl: option "place" is "reward", but the coefficient is 0, so no divergence is measured; leave it out
--!   unused_options.lua:27: grpo.kl: option "clamp_value" is 10, but the coefficient is 0, so no divergence is measured; leave it out
--!   unused_options.lua:29: rollouts: option "samples" is 2, but every is 0, so no response is kept; leave it out
--!   unused_options.lua:30: rollouts: option "tokens" is false, but every is 0, so no response is kept; leave it out
local crescent = import "crescent"
local run = crescent.run { name = "x", data = {
  "mine",
  count = 64,
  val_count = 8 } }
run:sft {
  steps = 5, schedule = "constant",
  final_share = 0.5 }
run:grpo {
  schedule = function() return 1 end,
  warmup_steps = 3,
  final_share = 0.5,
  kl = {
    estimator = "k2",
    place = "reward",
    clamp_value = 10, clamp_difference = 0 } }
run:rollouts { every = 0,
  samples = 2,
  tokens = false }
run:reward { "exact_math" }
run:phase { "main", view = "image", steps = 5 }
return run
