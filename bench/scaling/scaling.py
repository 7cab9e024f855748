#!/usr/bin/env python3
"""scaling.py CRESCENT WORK THREADS PRECISION CASE...: what a GRPO step costs as groups, responses and the model grow, beside its
arithmetic: `crescent run` of ../trl/experiment.lua. Cost must grow as the arithmetic does. Rates are of the fastest step:
what shares the machine can only add."""

import json
import math
import statistics
import subprocess
import sys
from pathlib import Path

PROMPTS, PROMPT, STEPS = 4, 51, 4  # prompts of a step and tokens of each; steps of a run, the first of which is not counted
HERE = Path(__file__).resolve().parent


def gflop(text, vision, prompts, group, tokens):
    """Products of a step, prompt computed once a group: rollout once, training forward and, for twice that, backward."""
    d, layers = text["hidden_size"], text["num_hidden_layers"]
    kv = 2 * text["num_key_value_heads"] * d // text["num_attention_heads"]
    row = 2 * layers * (d * (d + kv) + d * d + 3 * d * text["intermediate_size"])
    responses, response_rows = prompts * group, tokens - 1
    keys = response_rows * PROMPT + response_rows * (response_rows + 1) / 2  # seen by one response's rows
    attention = 4 * d * layers * (responses * keys + prompts * PROMPT * (PROMPT + 1) / 2)
    head = 2 * d * text["vocab_size"] * responses * tokens
    patches, v = 64, vision["hidden_size"]
    tower = 2 * (3 * 2 * 14 * 14 * v + vision["depth"] * (4 * v * v + 3 * v * vision["intermediate_size"]) + (16 * v * v + 4 * v * d) / 4)
    forward = (prompts * PROMPT + responses * response_rows) * row + attention + head + prompts * patches * tower
    return 4 * forward * 1e-9


def parameters(model):
    """Of the safetensors file: its header says each tensor's shape."""
    with open(model / "model.safetensors", "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
    return sum(math.prod(tensor["shape"]) for name, tensor in header.items() if name != "__metadata__")


def main(crescent, work, threads, precision, cases):
    print(f"{precision}, {threads} thread(s), {PROMPTS} prompts of {PROMPT} tokens with a picture")
    print(f"{'parameters':>11} {'group':>6} {'tokens':>7} {'step s: min':>12} {'median':>8} {'max':>8} {'rollout':>8} {'training':>9} "
          f"{'us a token':>11} {'GFLOP':>8} {'GFLOP/s':>8} {'peak MiB':>9}")
    for case in cases:
        group, tokens, size = (case.split(":") + ["256x4"])[:3]
        group, tokens, model = int(group), int(tokens), work / f"model-{size}"
        with open(model / "config.json") as file:
            config = json.load(file)
        out = work / f"scaling-{group}-{tokens}-{size}"
        subprocess.run(
            [crescent, "run", HERE.parent / "trl" / "experiment.lua", "--quiet", "--out", out, "--threads", threads,
             "--set", f"model={model}", "--set", f"data={work / 'data'}", "--set", f"prompts={PROMPTS}",
             "--set", f"group={group}", "--set", f"tokens={tokens}", "--set", f"steps={STEPS}", "--set", f"precision={precision}"],
            check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        with open(out / "timings.jsonl") as lines:
            steps = [t for t in map(json.loads, lines) if "rollout_s" in t][1:]
        of = lambda name: [t[name] for t in steps]
        step = min(of("step_s"))
        work_done = gflop(config["text_config"], config["vision_config"], PROMPTS, group, tokens)
        print(f"{parameters(model):11,} {group:6} {tokens:7} {step:12.3f} {statistics.median(of('step_s')):8.3f} {max(of('step_s')):8.3f} "
              f"{min(of('rollout_s')):8.3f} {min(of('train_s')):9.3f} "
              f"{1e6 * step / (PROMPTS * group * tokens):11.1f} {work_done:8.1f} {work_done / step:8.1f} "
              f"{max(of('peak_memory_bytes')) / 2**20:9.0f}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3], sys.argv[4], sys.argv[5:])
