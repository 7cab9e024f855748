#!/usr/bin/env python3
"""check_equal.py RUN ROLLOUTS TRL: Crescent and TRL made the same of the same responses, to 1e-4: log-probabilities,
advantages, loss and the gradient of every weight. RUN made one step without clipping; ROLLOUTS is what
`crescent show RUN --step 1 --json` printed, TRL what trl_steps.py --replay kept."""

import json
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file

LIMIT = 1e-4
BETA1 = 0.9  # of AdamW: after the first step its first moment is (1 - BETA1) times the gradient


def our_gradients(run):
    """The gradient of each parameter under its name in transformers: q, k, v and gate, up are one tensor in ours."""
    moments = load_file(run / "checkpoints" / "step_1" / "optimizer.safetensors")
    whole = {k.removeprefix("exp_avg/"): v / (1 - BETA1) for k, v in moments.items() if k.startswith("exp_avg/")}
    with open(run / "checkpoints" / "step_1" / "model" / "config.json") as file:
        text = json.load(file)["text_config"]
    heads, kv_heads = text["num_attention_heads"], text["num_key_value_heads"]
    dim = text["hidden_size"] // heads
    gradients = {}
    for name, value in whole.items():
        if ".qkv_proj." in name:
            for part, rows in zip("qkv", value.split([heads * dim, kv_heads * dim, kv_heads * dim])):
                gradients[name.replace("qkv_proj", f"{part}_proj")] = rows
        elif ".gate_up_proj." in name:
            for part, rows in zip(("gate", "up"), value.chunk(2)):
                gradients[name.replace("gate_up_proj", f"{part}_proj")] = rows
        else:
            gradients[name] = value
    return gradients


def trl_name(name):
    """TRL's name without what transformers wraps around it: model.language_model.layers... -> model.layers..."""
    name = name.removeprefix("module.")
    return name.replace("model.language_model.", "model.", 1).replace("model.visual.", "visual.", 1)


def main(run, rollouts_path, trl_path):
    with open(rollouts_path) as lines:
        rollouts = [r for r in map(json.loads, lines) if r.get("source") == "train"]
    trl = torch.load(trl_path)
    differences = {}

    ours = torch.tensor([r["advantage"] for r in rollouts])
    differences["advantage"] = (ours - trl["advantages"]).abs().max().item()

    row_of = {tuple(tokens): row for row, tokens in enumerate(trl["tokens"].tolist())}
    logprobs = torch.tensor([r["logprobs"] for r in rollouts])
    rows = [row_of[tuple(r["tokens"])] for r in rollouts]
    differences["log-probability"] = (logprobs - trl["logprobs"][rows]).abs().max().item()

    # With one update on its own rollouts every ratio is 1: the loss is minus the mean advantage of a token.
    loss = -sum(r["advantage"] * len(r["tokens"]) for r in rollouts) / sum(len(r["tokens"]) for r in rollouts)
    differences["loss"] = abs(loss - trl["loss"].item())

    gradients, theirs = our_gradients(run), {trl_name(k): v for k, v in trl["gradients"].items()}
    assert gradients.keys() == theirs.keys(), gradients.keys() ^ theirs.keys()
    norm = torch.cat([g.flatten().double() for g in theirs.values()]).norm().item()  # f32 sums lose 5e-4 of it
    apart = {name: (gradients[name] - theirs[name]).norm().item() / norm for name in theirs}
    worst = max(apart, key=apart.get)
    differences["gradient"] = apart[worst]
    with open(run / "metrics.jsonl") as lines:
        grad_norm = next(m["grad_norm"] for m in map(json.loads, lines) if "grad_norm" in m)
    differences["gradient norm, relative"] = abs(grad_norm / norm - 1)

    print(f"Crescent and TRL on the same {len(rollouts)} responses ({logprobs.numel()} tokens, prompts of "
          f"{min(trl['prompt_tokens'])} to {max(trl['prompt_tokens'])}), largest differences:")
    for name, difference in differences.items():
        print(f"  {name:24} {difference:.1e}")
    print(f"gradient: that of {worst}, over the norm of all gradients together, {norm:.4f}")
    wrong = [name for name, difference in differences.items() if not difference < LIMIT]
    if wrong:
        sys.exit(f"over the limit of {LIMIT}: {', '.join(wrong)}")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
