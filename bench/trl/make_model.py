#!/usr/bin/env python3
"""make_model.py FOLDER [HIDDEN LAYERS]: a Qwen2.5-VL checkpoint of random weights, 4,486,784 of them by default (hidden size
256, 4 layers), as transformers writes it.

Nothing is downloaded: configuration, byte-level BPE tokenizer, image processor and chat template are made here, with
Qwen2.5-VL's file names, keys and special tokens. No special token is ever drawn (see never_draw), so that every
response runs to its limit in any program.
"""

import json
import os
import random
import sys

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import torch
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import (
    GenerationConfig,
    Qwen2_5_VLConfig,
    Qwen2_5_VLForConditionalGeneration,
    Qwen2_5_VLProcessor,
    Qwen2Tokenizer,
    Qwen2VLImageProcessor,
    Qwen2VLVideoProcessor,
)

SEED = 1234
VOCAB = 512
SPECIALS = [
    "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|vision_end|>",
    "<|vision_pad|>", "<|image_pad|>", "<|video_pad|>",
]  # fmt: skip

# The Qwen2-VL / Qwen2.5-VL chat template.
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

PROSE = """
The reader should look at the whole drawing before counting anything in it. Every cell of the grid holds at most one
shape, and each shape has exactly one colour. Some cells are empty, and those cells do not count. When two shapes share
a colour they are still different things, so count them one by one, going from left to right and from top to bottom.
After that write down how many there were, and check the number again by going backwards through the same rows.
If the two numbers agree, that is the answer; otherwise start over with more care. People often forget the last row,
or they count the same triangle twice because it lies close to another one. A good habit is to say the position of
every shape aloud: first row, second column; third row, fourth column, and so on. Numbers below one hundred can be
added without paper: add the tens, add the units, and carry when the units pass nine. Subtraction works the same way,
with borrowing instead of carrying. None of this needs special knowledge, only patience and attention to detail.
"""

PRETOKENIZE_REGEX = (
    r"""(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}"""
    r"""| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"""
)


def corpus():
    rng = random.Random(SEED)
    colors = "red green blue yellow purple orange black white".split()
    shapes = "circles squares triangles shapes".split()
    out = []
    for _ in range(4000):
        out.append(f"How many {rng.choice(colors)} {rng.choice(shapes)} are in the picture?")
        out.append(f"There are {rng.randint(0, 16)} {rng.choice(colors)} {rng.choice(shapes)} in the image.")
        out.append("You are a helpful assistant. system user assistant")
        out.append(f"Answer with one integer. The answer is {rng.randint(0, 99)}.")
        out.append(f"<think>\nFirst I count the {rng.choice(shapes)}.\n</think>\n<answer>{rng.randint(0, 9)}</answer>")
        out.append(f"What is {rng.randint(0, 99)} plus {rng.randint(0, 99)}?")
    return out + PROSE.split(". ")


def make_tokenizer():
    tok = Tokenizer(models.BPE())
    tok.normalizer = normalizers.NFC()
    tok.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(PRETOKENIZE_REGEX), behavior="isolated", invert=False),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tok.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCAB - len(SPECIALS),
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        special_tokens=[],
        show_progress=False,
    )
    tok.train_from_iterator(corpus(), trainer)
    model = json.loads(tok.to_str())["model"]
    vocab = model["vocab"]
    merges = [tuple(m) for m in model["merges"]]
    n = len(vocab)
    assert n == VOCAB - len(SPECIALS), n  # the corpus must give enough merges to fill the vocabulary
    for i, s in enumerate(SPECIALS):  # as in Qwen: special ids come right after the byte-level BPE ones, in this order
        vocab[s] = n + i
    hf = Qwen2Tokenizer(
        vocab=vocab,
        merges=merges,
        unk_token="<|endoftext|>",
        eos_token="<|im_end|>",
        pad_token="<|endoftext|>",
        extra_special_tokens=[s for s in SPECIALS if s not in ("<|endoftext|>", "<|im_end|>")],
        model_max_length=32768,
        clean_up_tokenization_spaces=False,
    )
    return hf, n


def never_draw(model, ids):
    """Gives these tokens logits far below all others, through the one weight that embedding and head share: the
    residual stream of every text token begins with a 1 in its first coordinate, and their rows hold a large negative
    number there."""
    with torch.no_grad():
        table = model.get_input_embeddings().weight
        table[:, 0] = 1.0
        table[ids, 0] = -16.0


def main(out, hidden=256, layers=4):
    os.makedirs(out, exist_ok=True)
    tok, nbase = make_tokenizer()
    ids = {s: tok.convert_tokens_to_ids(s) for s in SPECIALS}
    assert len(set(ids.values())) == len(SPECIALS), ids
    assert sorted(ids.values()) == list(range(nbase, VOCAB)), (ids, nbase)

    cfg = Qwen2_5_VLConfig(
        text_config=dict(
            vocab_size=VOCAB,
            hidden_size=hidden,
            intermediate_size=3 * hidden,
            num_hidden_layers=layers,
            num_attention_heads=hidden // 64,
            num_key_value_heads=hidden // 128,
            max_position_embeddings=4096,
            rms_norm_eps=1e-6,
            rope_parameters={"rope_type": "default", "mrope_section": [8, 12, 12], "rope_theta": 1000000.0},
            bos_token_id=ids["<|endoftext|>"],
            eos_token_id=ids["<|im_end|>"],
            pad_token_id=ids["<|endoftext|>"],
            tie_word_embeddings=True,
        ),
        vision_config=dict(
            depth=4,
            hidden_size=hidden // 2,
            num_heads=4,
            intermediate_size=hidden,
            out_hidden_size=hidden,
            patch_size=14,
            spatial_merge_size=2,
            temporal_patch_size=2,
            window_size=112,
            fullatt_block_indexes=[1, 3],
        ),
        image_token_id=ids["<|image_pad|>"],
        video_token_id=ids["<|video_pad|>"],
        vision_start_token_id=ids["<|vision_start|>"],
        vision_end_token_id=ids["<|vision_end|>"],
        tie_word_embeddings=True,
    )
    torch.manual_seed(SEED)
    model = Qwen2_5_VLForConditionalGeneration(cfg)
    never_draw(model, list(ids.values()))
    model.generation_config = GenerationConfig(
        bos_token_id=ids["<|endoftext|>"],
        pad_token_id=ids["<|endoftext|>"],
        eos_token_id=[ids["<|im_end|>"], ids["<|endoftext|>"]],
        do_sample=True,
        temperature=1.0,
        top_p=1.0,
        top_k=0,
    )
    model.save_pretrained(out)

    size = {"shortest_edge": 56 * 56, "longest_edge": 28 * 28 * 1280}
    proc = Qwen2_5_VLProcessor(
        image_processor=Qwen2VLImageProcessor(size=size),
        tokenizer=tok,
        video_processor=Qwen2VLVideoProcessor(),
        chat_template=CHAT_TEMPLATE,
    )
    proc.save_pretrained(out)
    # transformers 5 writes one processor_config.json; write the classic file too (what older readers look for).
    ip = proc.image_processor.to_dict()
    ip["min_pixels"], ip["max_pixels"] = size["shortest_edge"], size["longest_edge"]
    ip["processor_class"] = "Qwen2_5_VLProcessor"
    with open(os.path.join(out, "preprocessor_config.json"), "w") as f:
        json.dump(ip, f, indent=2, default=str)

    total = sum(p.numel() for p in model.parameters())
    vis = sum(p.numel() for p in model.model.visual.parameters())
    emb = model.get_input_embeddings().weight.numel()
    print(
        json.dumps(
            {
                "out": out,
                "params": total,
                "vision_params": vis,
                "text_params": total - vis,
                "embedding_params": emb,
                "tied": model.lm_head.weight is model.get_input_embeddings().weight,
                "base_vocab": nbase,
                "special_ids": ids,
                "files": sorted(os.listdir(out)),
            }
        )
    )


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
