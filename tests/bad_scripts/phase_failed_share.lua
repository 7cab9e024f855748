--! phase_failed_share.lua:6: phase "main": grpo has no option "max_failed_share"; known: prompts, group, max_response_tokens, resample, temperature, advantage, advantage_eps, loss, clip, dual_clip, entropy_bonus, kl, updates, pass, lr, betas, adam_eps, weight_decay, max_grad_norm, schedule, warmup_steps, final_share, micro_batch_tokens
local crescent = import "crescent"
local run = crescent.run { name = "x" }
run:grpo {}
run:reward { "exact_math" }
run:phase { "main", view = "image", steps = 5, grpo = { max_failed_share = 0.5 } }
return run
