--! unknown_option.lua:6: sft has no option "lerning_rate"; known: steps, batch, micro_batch_tokens, lr, betas, adam_eps, weight_decay, max_grad_norm, schedule, warmup_steps, final_share, mix
local crescent = import "crescent"
local run = crescent.run { name = "x" }
run:sft {
  steps = 10,
  lerning_rate = 1e-3,
}
run:grpo {}
run:reward { "exact_math" }
run:phase { "main", view = "image", steps = 5 }
return run