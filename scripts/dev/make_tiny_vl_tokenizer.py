#!/usr/bin/env python3
"""make_tiny_vl_tokenizer.py OUTDIR: tokenizer and processor files of the preset tiny-vl (committed at models/tiny-vl).

Qwen2's pattern and byte-level alphabet, Qwen2.5-VL's special tokens and chat template, and merges that make each word
of the quickstart one token, bare and after a space. Nothing is downloaded. Needs transformers 5.23 and tokenizers.
"""

import json
import os
import random
import sys

os.environ.setdefault("HF_HUB_OFFLINE", "1")

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers

WORDS = (
    "red green blue how many circles sum of the dice bars bar height tallest minus plus times area perimeter rectangle "
    "wide tall row empty about caption describe image given system user assistant"
).split()
MARKS = ["?", "."]  # single bytes already; these get a token after a space too
SPECIAL = [
    "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|vision_end|>", "<|vision_pad|>",
    "<|image_pad|>", "<|video_pad|>",
]  # fmt: skip
TAGS = ["<think>", "</think>", "<answer>", "</answer>"]  # split first like the special ones, but decoded
TRIALS = 4000

PATTERN = (
    r"""(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}"""
    r"""| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"""
)

CHAT_TEMPLATE = (
    "{% set image_count = namespace(value=0) %}{% set video_count = namespace(value=0) %}"
    "{% for message in messages %}{% if loop.first and message['role'] != 'system' %}"
    "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n{% endif %}"
    "<|im_start|>{{ message['role'] }}\n"
    "{% if message['content'] is string %}{{ message['content'] }}<|im_end|>\n"
    "{% else %}{% for content in message['content'] %}"
    "{% if content['type'] == 'image' or 'image' in content or 'image_url' in content %}"
    "{% set image_count.value = image_count.value + 1 %}"
    "{% if add_vision_id %}Picture {{ image_count.value }}: {% endif %}"
    "<|vision_start|><|image_pad|><|vision_end|>"
    "{% elif content['type'] == 'video' or 'video' in content %}"
    "{% set video_count.value = video_count.value + 1 %}"
    "{% if add_vision_id %}Video {{ video_count.value }}: {% endif %}"
    "<|vision_start|><|video_pad|><|vision_end|>"
    "{% elif 'text' in content %}{{ content['text'] }}{% endif %}"
    "{% endfor %}<|im_end|>\n{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def byte_alphabet():
    """GPT-2's spelling of the 256 bytes, in the order of its vocabulary: printable ones first."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    rest = [b for b in range(256) if b not in printable]
    return [chr(b) for b in printable] + [chr(256 + i) for i in range(len(rest))]


def train(words, rng):
    """BPE training, one count a word, ties broken at random, until every word is one token."""
    spelled = [list(w) for w in words]
    merges = []
    while any(len(s) > 1 for s in spelled):
        counts = {}
        for s in spelled:
            for pair in zip(s, s[1:]):
                counts[pair] = counts.get(pair, 0) + 1
        pair = max(counts, key=lambda p: counts[p] + 0.9 * rng.random())
        merges.append(pair)
        for s in spelled:
            i = 0
            while i + 1 < len(s):
                if (s[i], s[i + 1]) == pair:
                    s[i : i + 2] = [s[i] + s[i + 1]]
                i += 1
    return merges


def shortest_merges():
    best = None
    for trial in range(TRIALS):
        merges = train(WORDS, random.Random(trial))
        if best is None or len(merges) < len(best):
            best = merges
    return best + [("Ġ", w) for w in MARKS + WORDS]  # the word is whole before its space joins it


def make_tokenizer():
    merges = shortest_merges()
    vocab = {t: i for i, t in enumerate(byte_alphabet())}
    for left, right in merges:
        assert left + right not in vocab, (left, right)
        vocab[left + right] = len(vocab)
    tok = Tokenizer(models.BPE(vocab=vocab, merges=merges))
    tok.normalizer = normalizers.NFC()
    tok.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(PATTERN), behavior="isolated", invert=False),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tok.decoder = decoders.ByteLevel()
    tok.add_special_tokens([AddedToken(t, normalized=False, special=True) for t in SPECIAL])
    tok.add_tokens([AddedToken(t, normalized=False, special=False) for t in TAGS])
    for w in MARKS + WORDS:
        assert len(tok.encode(w).ids) == 1 and len(tok.encode(" " + w).ids) == 1, w
    return tok


def write_json(path, value):
    with open(path, "w", encoding="utf-8") as f:
        json.dump(value, f, indent=2, ensure_ascii=False)
        f.write("\n")


def main(out):
    os.makedirs(out, exist_ok=True)
    tok = make_tokenizer()
    ids = {t: tok.token_to_id(t) for t in SPECIAL + TAGS}
    tok.save(os.path.join(out, "tokenizer.json"))
    added = {
        str(tok.token_to_id(t)): {
            "content": t, "lstrip": False, "normalized": False, "rstrip": False, "single_word": False,
            "special": t in SPECIAL,
        }
        for t in SPECIAL + TAGS
    }  # fmt: skip
    write_json(
        os.path.join(out, "tokenizer_config.json"),
        {
            "add_prefix_space": False,
            "added_tokens_decoder": added,
            "additional_special_tokens": [t for t in SPECIAL if t not in ("<|endoftext|>", "<|im_end|>")],
            "bos_token": None,
            "chat_template": CHAT_TEMPLATE,
            "clean_up_tokenization_spaces": False,
            "eos_token": "<|im_end|>",
            "errors": "replace",
            "model_max_length": 32768,
            "pad_token": "<|endoftext|>",
            "split_special_tokens": False,
            "tokenizer_class": "Qwen2Tokenizer",
            "unk_token": None,
        },
    )
    write_json(os.path.join(out, "chat_template.json"), {"chat_template": CHAT_TEMPLATE})
    write_json(
        os.path.join(out, "preprocessor_config.json"),
        {
            "min_pixels": 3136,  # 56 x 56: an 84 x 84 picture passes through as 3 x 3 merged patches
            "max_pixels": 1003520,
            "patch_size": 14,
            "temporal_patch_size": 2,
            "merge_size": 2,
            "image_mean": [0.48145466, 0.4578275, 0.40821073],
            "image_std": [0.26862954, 0.26130258, 0.27577711],
            "image_processor_type": "Qwen2VLImageProcessor",
            "processor_class": "Qwen2_5_VLProcessor",
        },
    )
    write_json(
        os.path.join(out, "generation_config.json"),
        {
            "bos_token_id": ids["<|endoftext|>"],
            "pad_token_id": ids["<|endoftext|>"],
            "eos_token_id": [ids["<|im_end|>"], ids["<|endoftext|>"]],
            "do_sample": True,
            "temperature": 1.0,
        },
    )
    size = tok.get_vocab_size()
    print(json.dumps({"vocab_size": size, "merges": size - 256 - len(ids), "ids": ids}, indent=1))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
