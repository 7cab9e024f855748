#!/usr/bin/env python3
"""smollm2_checkpoint.py FOLDER [COUNT]: is the unpacked SmolLM2 the model that it should be?

transformers must answer sensibly with it, greedily. Writes FOLDER/tokenizer_cases.json: COUNT texts (20,000) with the ids
that its tokenizer gives; null where it drops bytes that its vocabulary lacks (Crescent refuses such texts). Needs transformers 5.23, torch and tokenizers.
"""

import json
import os
import random
import sys

os.environ["HF_HUB_OFFLINE"] = "1"

import torch
from text_tokenizer import SENTENCES, string
from transformers import AutoModelForCausalLM, AutoTokenizer

QUESTIONS = {  # and a word that a model of this size finds, if its weights are in order
    "What is the capital of France?": "Paris",
    "What color is the sky on a clear day?": "blue",
    "Who wrote Romeo and Juliet?": "Shakespeare",
}


def ids_of(tokenizer, text):
    pieces = tokenizer.pre_tokenizer.pre_tokenize_str(text)
    whole = all(tokenizer.token_to_id(byte) is not None for piece, _ in pieces for byte in set(piece))
    return tokenizer.encode(text).ids if whole else None


def main():
    folder, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 20000
    torch.set_num_threads(1)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    rng = random.Random(3)
    texts = SENTENCES + [string(rng) for _ in range(count - len(SENTENCES))]
    cases = [{"text": text, "ids": ids_of(tokenizer.backend_tokenizer, text)} for text in texts]
    with open(os.path.join(folder, "tokenizer_cases.json"), "w") as f:
        f.write(json.dumps(cases))  # json.dump is many times slower
    model = AutoModelForCausalLM.from_pretrained(folder)
    for question, word in QUESTIONS.items():
        prompt = tokenizer.apply_chat_template(
            [{"role": "user", "content": question}], add_generation_prompt=True, return_tensors="pt", return_dict=True)  # fmt: skip
        tokens = model.generate(**prompt, max_new_tokens=40, do_sample=False)[0, prompt["input_ids"].shape[1] :]
        answer = tokenizer.decode(tokens, skip_special_tokens=True)
        print(f"{question} {answer}")
        assert word in answer, f"expected {word} in it"


if __name__ == "__main__":
    main()
