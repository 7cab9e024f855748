"""Writes grpo_loss.json: GRPO losses, gradients, metrics and advantages from TRL's own code and EasyR1's formulas.

TRL 1.16: GRPOTrainer._compute_loss is called as it is, on a stand-in for the trainer that returns given
log-probabilities. EasyR1 is not packaged, so verl/trainer/core_algos.py (commit 2a319e33) is restated here:
compute_policy_loss with dual clipping, compute_kl, average_loss, and the advantages of GRPO and RLOO. All in float64.

    python tests/golden/grpo_loss.py     # needs torch and trl
"""

import json
import math
import pathlib
import types

import torch
from trl.trainer.grpo_trainer import GRPOTrainer
from trl.trainer.utils import nanstd

torch.manual_seed(7)
torch.set_default_dtype(torch.float64)
LENGTHS = [5, 1, 8, 3, 6, 4]
MAX_RESPONSE_TOKENS = 10
R, T = len(LENGTHS), max(LENGTHS)
MASK = torch.zeros(R, T)
for r, n in enumerate(LENGTHS):
    MASK[r, :n] = 1
KEEP = MASK.bool()

logprobs = -torch.rand(R, T) * 4 - 0.01
old = logprobs + torch.randn(R, T) * 0.3
old[0, 0] = logprobs[0, 0] - 2.0   # ratio e^2, past the dual clip of 3 where the advantage is negative
old[2, 1] = logprobs[2, 1] - 1.5
old[4, 2] = logprobs[4, 2] + 1.0
reference = logprobs + torch.randn(R, T) * 0.5
reference[2, 3] = logprobs[2, 3] + 3.5   # k3 above 10: the value is clamped
reference[3, 1] = logprobs[3, 1] + 25.0  # d above 20: the difference is clamped
entropy = torch.rand(R, T) * 2
advantages = torch.tensor([-1.1, 0.7, -0.4, 1.3, 0.9, 0.0])


def flat(x):
    return [float(v) for v in x[KEEP]]


def with_gradients(compute):
    """compute(logprobs, entropy) -> (loss, metrics); returns all as plain numbers."""
    lp, en = logprobs.clone().requires_grad_(), entropy.clone().requires_grad_()
    loss, metrics = compute(lp, en)
    loss.backward()
    zero = torch.zeros(R, T)
    return {
        "loss": float(loss),
        "grad_logprobs": flat(lp.grad if lp.grad is not None else zero),
        "grad_entropy": flat(en.grad if en.grad is not None else zero),
        **metrics,
    }


def trl_case(name, loss_type, low, high, beta, entropy_coef, use_old):
    class Accelerator:
        num_processes, sync_gradients = 1, True
        gather = gather_for_metrics = staticmethod(lambda x: x)
        reduce = staticmethod(lambda x, reduction: x)

    def compute(lp, en):
        trainer = types.SimpleNamespace(
            _get_per_token_logps_and_entropies=lambda *a, **k: (lp, en, None), aux_loss_enabled=False,
            top_entropy_quantile=1.0, off_policy_mask_threshold=None, importance_sampling_level="token", beta=beta,
            args=types.SimpleNamespace(delta=None, use_bias_correction_kl=False), loss_type=loss_type,
            epsilon_low=low, epsilon_high=high, use_vllm=False, vllm_importance_sampling_correction=False,
            model=types.SimpleNamespace(training=True), current_gradient_accumulation_steps=1, steps_per_generation=1,
            accelerator=Accelerator(), _entropy_bonus_enabled=entropy_coef != 0, entropy_coef=entropy_coef,
            use_adaptive_entropy=False, max_completion_length=MAX_RESPONSE_TOKENS,
            _metrics={"train": __import__("collections").defaultdict(list)})
        trainer.args.steps_per_generation = 1
        inputs = {"prompt_ids": torch.zeros(R, 1, dtype=torch.long), "prompt_mask": torch.ones(R, 1),
                  "completion_ids": torch.zeros(R, T, dtype=torch.long), "completion_mask": MASK,
                  "advantages": advantages, "ref_per_token_logps": reference, "num_items_in_batch": MASK.sum()}
        if use_old:
            inputs["old_per_token_logps"] = old
        loss = GRPOTrainer._compute_loss(trainer, None, inputs)
        m = trainer._metrics["train"]
        metrics = {"clip_low": m["clip_ratio/low_mean"][0], "clip_high": m["clip_ratio/high_mean"][0],
                   "clip_total": m["clip_ratio/region_mean"][0], "entropy": m["entropy"][0]}
        if beta:
            metrics["kl"] = m["kl"][0]
        return loss, metrics

    ours = {"dapo": "token", "grpo": "sequence", "dr_grpo": "dr_grpo"}[loss_type]
    return {"name": "TRL " + name, "loss": ours, "clip_low": low, "clip_high": high, "dual_clip": 0,
            "entropy_bonus": entropy_coef, "kl": {"coefficient": beta, "estimator": "k3", "clamp_difference": 0,
            "clamp_value": 0}, "use_old": use_old, "expect": with_gradients(compute)}


def easyr1_kl(lp, ref, estimator):
    if estimator == "k1":
        return lp - ref
    if estimator == "abs":
        return (lp - ref).abs()
    if estimator == "k2":
        return 0.5 * (lp - ref).square()
    d = (ref - lp).clamp(-20.0, 20.0)
    return (d.exp() - d - 1).clamp(-10.0, 10.0)


def easyr1_case(name, mode, low, high, dual, kl_coef, estimator):
    def average(values):
        if mode == "token":
            return (values * MASK).sum() / MASK.sum()
        return ((values * MASK).sum(-1) / MASK.sum(-1)).mean()

    def compute(lp, en):
        adv = advantages.unsqueeze(1)
        log_ratio = lp - old
        ratio = log_ratio.clamp(-20.0, 20.0).exp()
        clipped = log_ratio.clamp(math.log(1 - low), math.log(1 + high)).exp()
        higher = torch.max(-adv * ratio, -adv * clipped)
        lower = torch.min(higher, -adv * dual)
        loss = average(torch.where(adv < 0, lower, higher))
        if kl_coef:
            loss = loss + kl_coef * average(easyr1_kl(lp, reference, estimator))
        # Schulman's k3 of KL(old || current), restated: E_old[r - 1 - log r].
        approx_kl = ((ratio - 1 - log_ratio) * MASK).sum() / MASK.sum()
        return loss, {"approx_kl": float(approx_kl)}

    clamps = (20.0, 10.0) if estimator == "k3" else (0, 0)
    return {"name": "EasyR1 " + name, "loss": {"token": "token", "seq": "sequence"}[mode], "clip_low": low,
            "clip_high": high, "dual_clip": dual, "entropy_bonus": 0,
            "kl": {"coefficient": kl_coef, "estimator": estimator, "clamp_difference": clamps[0],
                   "clamp_value": clamps[1]}, "use_old": True, "expect": with_gradients(compute)}


def advantage_cases():
    groups = {"mixed": [1.0, 0.0, 0.1, 1.0, 0.55, 0.0, 0.0, 1.0], "one unscored": [1.0, math.nan, 0.25, 0.0],
              "all equal": [0.3, 0.3, 0.3, 0.3], "two": [0.2, 0.9], "one scored": [math.nan, 0.4, math.nan],
              "none scored": [math.nan, math.nan]}
    cases = []
    for name, rewards in groups.items():
        x = torch.tensor(rewards)
        scored = x[~x.isnan()]
        # TRL's lines of _generate_and_score_completions, for one group.
        centred = x - torch.nanmean(x)
        std = nanstd(x)
        case = {"name": name, "rewards": [None if math.isnan(v) else v for v in rewards],
                "trl": torch.nan_to_num(centred / (std + 1e-4), nan=0.0).tolist(),
                "trl_unscaled": torch.nan_to_num(centred, nan=0.0).tolist()}
        if len(scored) == len(rewards):
            # EasyR1: compute_grpo_outcome_advantage and compute_rloo_outcome_advantage.
            case["easyr1"] = ((x - x.mean()) / (x.std() + 1e-6)).tolist()
            case["easyr1_rloo"] = [float(x[i] - (x.sum() - x[i]) / (len(x) - 1)) for i in range(len(x))]
        cases.append(case)
    return cases


golden = {
    "lengths": LENGTHS, "max_response_tokens": MAX_RESPONSE_TOKENS, "logprobs": flat(logprobs), "old": flat(old),
    "reference": flat(reference), "entropy": flat(entropy), "advantages": advantages.tolist(),
    "cases": [
        trl_case("dapo", "dapo", 0.2, 0.28, 0.0, 0.0, True),
        trl_case("dapo with KL and entropy bonus", "dapo", 0.2, 0.2, 0.04, 0.01, True),
        trl_case("dapo, first update", "dapo", 0.2, 0.2, 0.04, 0.0, False),
        trl_case("grpo", "grpo", 0.1, 0.3, 0.0, 0.0, True),
        trl_case("grpo with KL and entropy bonus", "grpo", 0.2, 0.2, 0.01, 0.02, True),
        trl_case("dr_grpo with KL and entropy bonus", "dr_grpo", 0.2, 0.2, 0.01, 0.02, True),
        easyr1_case("token", "token", 0.2, 0.3, 3.0, 0.0, "k3"),
        easyr1_case("sequence", "seq", 0.2, 0.3, 3.0, 0.0, "k3"),
        easyr1_case("token, low_var_kl", "token", 0.2, 0.3, 3.0, 0.01, "k3"),
        easyr1_case("token, kl", "token", 0.2, 0.3, 3.0, 0.01, "k1"),
        easyr1_case("token, abs", "token", 0.2, 0.3, 3.0, 0.01, "abs"),
        easyr1_case("sequence, mse", "seq", 0.2, 0.3, 3.0, 0.01, "k2"),
    ],
    "kl": {e: flat(easyr1_kl(logprobs, reference, e)) for e in ("k1", "abs", "k2", "k3")},
    "advantage_cases": advantage_cases(),
}
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps(golden, indent=None, separators=(",", ":")) + "\n")
print(path.name, len(golden["cases"]), "cases", path.stat().st_size, "bytes")
