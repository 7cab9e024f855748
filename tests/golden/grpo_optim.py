"""Writes grpo_optim.json: several steps of torch.optim.AdamW after torch.nn.utils.clip_grad_norm_.

Three parameters; the last has no gradient at step 3, as a vision tower in a batch of text; gradients of step 2 are
small enough not to be clipped. Schedules of transformers' optimization module for the same settings.

    python tests/golden/grpo_optim.py     # needs torch and transformers
"""

import json
import pathlib

import torch
from transformers.optimization import get_cosine_with_min_lr_schedule_with_warmup, get_linear_schedule_with_warmup

torch.manual_seed(3)
STEPS, LR = 6, 3e-3
CASES = [dict(betas=(0.9, 0.95), eps=1e-8, weight_decay=0.01, max_norm=1.0),
         dict(betas=(0.9, 0.99), eps=1e-6, weight_decay=0.0, max_norm=0.0)]
SHAPES = [(4, 3), (5,), (2, 2)]
start = [torch.randn(s) for s in SHAPES]
gradients = [[torch.randn(s) * (0.01 if step == 1 else 2.0) for s in SHAPES] for step in range(STEPS)]
gradients[2][2] = None


def run(case):
    parameters = [torch.nn.Parameter(p.clone()) for p in start]
    optimizer = torch.optim.AdamW(parameters, lr=LR, betas=case["betas"], eps=case["eps"],
                                  weight_decay=case["weight_decay"], foreach=False, fused=False)
    norms = []
    for step in range(STEPS):
        for group in optimizer.param_groups:
            group["lr"] = LR * (step + 1) / STEPS
        for p, g in zip(parameters, gradients[step]):
            p.grad = None if g is None else g.clone()
        norms.append(float(torch.nn.utils.clip_grad_norm_(parameters, case["max_norm"] or float("inf"))))
        optimizer.step()
    state = [optimizer.state[p] for p in parameters]
    return {**case, "lr": LR, "norms": norms, "parameters": [p.detach().flatten().tolist() for p in parameters],
            "exp_avg": [s["exp_avg"].flatten().tolist() for s in state],
            "exp_avg_sq": [s["exp_avg_sq"].flatten().tolist() for s in state],
            "steps": [float(s["step"]) for s in state]}


def factors(make):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    schedule = make(optimizer)
    values = []
    for _ in range(21):  # value n belongs to the step counted n from 0; ours count from 1, so ours(n) is value n
        values.append(schedule.get_last_lr()[0])
        optimizer.step()
        schedule.step()
    return values


golden = {
    "shapes": SHAPES, "start": [p.flatten().tolist() for p in start],
    "gradients": [[None if g is None else g.flatten().tolist() for g in step] for step in gradients],
    "cases": [run(c) for c in CASES],
    "linear": factors(lambda o: get_linear_schedule_with_warmup(o, 5, 20)),
    "cosine": factors(lambda o: get_cosine_with_min_lr_schedule_with_warmup(o, 5, 20, min_lr_rate=0.1)),
}
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
print(path.name, path.stat().st_size, "bytes")
