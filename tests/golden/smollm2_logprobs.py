#!/usr/bin/env python3
"""smollm2_logprobs.py FOLDER DATA OURS: the log-probabilities that `crescent logprobs FOLDER --data DATA` gave are transformers'."""

import json
import os
import sys

os.environ["HF_HUB_OFFLINE"] = "1"

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

LIMIT = 1e-4  # of 30 layers; transformers' own ways to compute attention differ by 3e-5 here


def main(folder, data, ours):
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    worst, seen = 0.0, 0
    for record, line in zip(map(json.loads, open(data)), map(json.loads, open(ours)), strict=True):
        prompt = tokenizer.apply_chat_template(
            [{"role": "user", "content": record["problem"]}], add_generation_prompt=True, tokenize=True, return_dict=False)
        response = tokenizer(record["response"], add_special_tokens=False)["input_ids"]
        response.append(tokenizer.convert_tokens_to_ids("<|im_end|>"))
        assert line["id"] == record["id"] and line["prompt_tokens"] == len(prompt) and line["tokens"] == response, line
        with torch.no_grad():
            logits = model(torch.tensor([prompt + response])).logits[0, len(prompt) - 1 : -1]
        reference = torch.log_softmax(logits, -1).gather(1, torch.tensor(response)[:, None])[:, 0]
        worst = max(worst, (reference - torch.tensor(line["logprobs"])).abs().max().item())
        seen += len(response)
    assert worst < LIMIT, f"log-probabilities differ by up to {worst}, the limit is {LIMIT}"
    print(f"transformers agrees with {seen} tokens: largest difference {worst:.1e}")


if __name__ == "__main__":
    main(*sys.argv[1:])
