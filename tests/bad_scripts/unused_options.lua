--! 8 mistakes:
--!   unused_options.lua:13: data: option "count" is 64, but only the built-in shapes have it; a folder's files are read whole; leave it out
--!   unused_options.lua:14: data: option "val_count" is 8, but only the built-in shapes have it; a folder's files are read whole; leave it out
--!   unused_options.lua:17: sft: option "final_share" is 0.5, but a constant schedule ends at the rate it has; leave it out
--!   unused_options.lua:20: grpo: option "warmup_steps" is 3, but the schedule is a function, which gives the rate of every step; leave it out
--!   unused_options.lua:21: grpo: option "final_share" is 0.5, but the schedule is a function, which gives the rate of every step; leave it out
--!   unused_options.lua:23: grpo.kl: option "estimator" is "k2", but the coefficient is 0, so no divergence is measured; leave it out
--!   unused_options.lua:24: grpo.kl: option "place" is "reward", but the coefficient is 0, so no divergence is measured; leave it out
--!   unused_options.lua:25: grpo.kl: option "clamp_value" is 10, but the coefficient is 0, so no divergence is measured; leave it out
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
run:reward { "exact_math" }
run:phase { "main", view = "image", steps = 5 }
return run
