#!/usr/bin/env python3
"""transformers_checkpoint.py RUN DATA ROLLOUTS: transformers loads the run's newest checkpoint and gives the log-probabilities that
the run's own generator recorded. The run must not change its weights while it rolls out (lr = 0)."""

import json
import os
import sys
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"
import torch  # noqa: E402
from PIL import Image  # noqa: E402
from transformers import AutoProcessor, Qwen2_5_VLForConditionalGeneration  # noqa: E402

LIMIT = 1e-4


def prompt_of(record, view):
    text = record["text_problem"] if view == "text" else record["problem"].replace("<image>", "")
    if view == "caption":
        text = record["caption"] + ". " + text
    images = [] if view == "text" else [{"type": "image"}]
    return [{"role": "system", "content": ""}, {"role": "user", "content": images + [{"type": "text", "text": text}]}]


def main(run, data, rollouts):
    newest = max((run / "checkpoints").glob("step_*"), key=lambda p: int(p.name.split("_")[1])) / "model"
    processor = AutoProcessor.from_pretrained(newest)
    model, report = Qwen2_5_VLForConditionalGeneration.from_pretrained(newest, dtype=torch.float32, output_loading_info=True)
    assert not report["missing_keys"] and not report["unexpected_keys"], report
    records = {r["id"]: r for r in map(json.loads, (data / "train.jsonl").open())}
    worst, seen = 0.0, {}
    for line in rollouts.open():
        rollout = json.loads(line)
        if seen.setdefault(rollout["view"], 0) >= 12:
            continue
        seen[rollout["view"]] += 1
        record = records[rollout["prompt"]]
        text = processor.apply_chat_template(prompt_of(record, rollout["view"]), add_generation_prompt=True, tokenize=False)
        images = None if rollout["view"] == "text" else [Image.open(data / record["images"][0])]
        inputs = processor(text=[text], images=images, return_tensors="pt")
        length = inputs["input_ids"].shape[1]
        tokens = torch.tensor([rollout["tokens"]])
        inputs["input_ids"] = torch.cat([inputs["input_ids"], tokens], 1)
        inputs["attention_mask"] = torch.ones_like(inputs["input_ids"])
        if "mm_token_type_ids" in inputs:
            inputs["mm_token_type_ids"] = torch.cat([inputs["mm_token_type_ids"], torch.zeros_like(tokens)], 1)
        with torch.no_grad():
            logits = model(**inputs).logits[0, length - 1 : -1]
        reference = torch.log_softmax(logits, -1).gather(1, tokens[0][:, None])[:, 0]
        worst = max(worst, (reference - torch.tensor(rollout["logprobs"])).abs().max().item())
    assert set(seen) == {"text", "caption", "image"}, seen
    assert worst < LIMIT, f"log-probabilities differ by up to {worst}, the limit is {LIMIT}"
    print(f"transformers agrees with {sum(seen.values())} rollouts in three views: largest difference {worst:.1e}")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
