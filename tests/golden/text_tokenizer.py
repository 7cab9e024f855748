#!/usr/bin/env python3
"""text_tokenizer.py [--count N] [--seed S] [--out FILE]: what Hugging Face's tokenizer makes of N strings.

Writes beside itself text_tokenizer/tokenizer.json (Qwen2's components, merges trained on the sentences below) and
text_tokenizer_cases.json: strings, their normal form, the byte lengths of their pieces, their ids (for the sentences in
models/tiny-vl too), and what decoding gives; pieces and ids with SmolLM2's and GPT-2's components in place of Qwen2's;
then ids without a text. The committed file has 300 strings; a larger
sample is checked by
  text_tokenizer.py --count 20000 --seed 2 --out /tmp/cases.json
  CRESCENT_TOKENIZER_CASES=/tmp/cases.json build/test_text
Needs transformers 5.23 and tokenizers 0.23.
"""

import argparse
import json
import os
import random
import sys

os.environ.setdefault("HF_HUB_OFFLINE", "1")

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers

HERE = os.path.dirname(os.path.abspath(__file__))
TINY_VL = os.path.join(HERE, "..", "..", "models", "tiny-vl")

SENTENCES = [
    "The quick brown fox can't jump over the lazy dog; it's 12,345.67 metres away, and they're sure we've won.",
    "Im schönen Österreich heißt es Grüß Gott, größer als 3½ Äpfel.",
    "L'été dernier, nous étions à l'hôtel « Chez Zoë » près d'Orléans ; ça coûte 25 €.",
    "Быстрая коричневая лиса прыгает через ленивую собаку 7 раз, ёжик и йод.",
    "敏捷的棕色狐狸跳过了懒狗。今天是2024年3月15日，星期五。",
    "素早い茶色の狐がのろまな犬を飛び越える。カタカナとひらがな、ガギグ。",
    "빠른 갈색 여우가 게으른 개를 뛰어넘는다. 한국어 문장입니다.",
    "الثعلب البني السريع يقفز فوق الكلب الكسول ١٢٣ مرة، مُحَمَّد.",
    "השועל החום המהיר קופץ מעל הכלב העצלן, שָׁלוֹם.",
    "तेज़ भूरी लोमड़ी आलसी कुत्ते के ऊपर कूदती है। क़लम ९८७",
    "สุนัขจิ้งจอกสีน้ำตาลกระโดดข้ามสุนัขขี้เกียจ ๔๕๖",
    "Con cáo nâu nhanh nhẹn nhảy qua con chó lười; Việt Nam đẹp lắm.",
    "Γρήγορη καφέ αλεπού πηδάει πάνω από το τεμπέλικο σκυλί, ὁ ἄνθρωπος.",
    "🦊 jumps over 🐶! 👨‍👩‍👧‍👦 🇦🇹 ❤️ ☕️ 1️⃣ 👍🏽 \U0001f9d1\u200d\U0001f680",
    "def f(x):\n\treturn x ** 2 + 3*x - 1  # comment\r\n\r\n    if x == 0: pass\n",
    "$\\frac{a^2 + b^2}{c} = \\sqrt{x}$, thus x ∈ ℝ, ∑ᵢ xᵢ ≤ ∞, ½ ⅔ ² ³ Ⅷ ①",
    "<think>\nFirst I count the circles: 3+5=8.\n</think>\n<answer>8</answer>",
    "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n<|im_start|>user\nhow many red circles ?",
    "row red blue row empty row red . how many red circles ? <think> red blue1 empty0 red1=2</think>",
    "I'LL say 'S 'T 'Re 'VE 'm 'lL 'D 'ſ 's'T''ve don'T isn'ſo K'K",
]
SPACES = [" ", "  ", "\n", "\r\n", "\t", "\u00a0", "\u3000", "\u2028", "\u0085", "\u001c", "\u180e", "\u200b", "\x0b",
          "\ufeff"]  # fmt: skip
TOKENS = [
    "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|image_pad|>", "<think>", "</think>",
    "<answer>", "</answer>", "<|im_", "<think", "think>", "<<think>>",
]  # fmt: skip
MARKS = [*range(0x300, 0x370), *range(0x591, 0x5C8), *range(0x64B, 0x660), 0x93C, 0x94D, 0x9BE, 0xE38, 0xE48, 0xF71,
         0xF72, 0x1DF6, 0x1ABF, 0x7FD, 0x3099, 0x309A, 0x20D0, 0x1D165, 0x1E8D0, 0x1E944, *range(0x1161, 0x1176),
         *range(0x11A7, 0x11C3)]  # fmt: skip
BLOCKS = [(0x20, 0x7F), (0x80, 0x250), (0x250, 0x530), (0x530, 0x1000), (0x1000, 0x1400), (0x1D00, 0x2000),
          (0x2000, 0x2C00), (0x2C00, 0x3400), (0x4E00, 0x4F00), (0xAC00, 0xAD00), (0x1100, 0x1200), (0xF900, 0x10000),
          (0x10000, 0x12000), (0x16A00, 0x17000), (0x1D100, 0x1E000), (0x1E000, 0x1FC00), (0x2F800, 0x2FA20),
          (0x30000, 0x32400), (0xE0000, 0xE01F0)]  # fmt: skip


def code_point(rng, lo=0, hi=0x110000):
    while True:
        c = rng.randrange(lo, hi)
        if not 0xD800 <= c < 0xE000:
            return chr(c)


def piece(rng):
    kind = rng.randrange(10)
    if kind == 0:
        return rng.choice(SPACES)
    if kind == 1:
        return rng.choice(TOKENS)
    if kind == 2:
        return code_point(rng)
    if kind == 3:
        return rng.choice("aeouAsStTqkr ") + "".join(chr(rng.choice(MARKS)) for _ in range(rng.randrange(1, 5)))
    if kind == 4:
        return "'" + rng.choice(["s", "S", "ſ", "t", "re", "RE", "ve", "m", "ll", "lL", "d", "x", ""])
    if kind == 5:
        return rng.choice([str(rng.randrange(100000)), "٣", "Ⅷ", "½", "²", "९"])
    if kind == 6:
        return "".join(rng.choice(SPACES) for _ in range(rng.randrange(1, 5)))
    if kind == 7:
        return "".join(rng.choice("!?.,;:-=+*/\\<>()[]{}|@#$%^&~`_\"") for _ in range(rng.randrange(1, 5)))
    if kind == 8:
        return rng.choice(rng.choice(SENTENCES).split(" "))
    return "".join(code_point(rng, *rng.choice(BLOCKS)) for _ in range(rng.randrange(1, 6)))


def string(rng):
    kind = rng.randrange(8)
    if kind == 0:
        s = rng.choice(SENTENCES)
        a, b = sorted((rng.randrange(len(s) + 1), rng.randrange(len(s) + 1)))
        return s[a:b]
    if kind == 1:
        return "".join(code_point(rng) for _ in range(rng.randrange(0, 30)))
    if kind == 2:
        return "".join(code_point(rng, *rng.choice(BLOCKS)) for _ in range(rng.randrange(0, 40)))
    if kind == 3:
        return "".join(rng.choice(SPACES + ["a", "1", "."]) for _ in range(rng.randrange(0, 20)))
    if kind == 4:  # a long word: many merges compete
        return "".join(rng.choice("etaoinshrdlu") for _ in range(rng.randrange(20, 200)))
    return "".join(piece(rng) for _ in range(rng.randrange(1, 25)))


def make_tokenizer(tiny):
    """Qwen2's components as in models/tiny-vl, with more merges than a test file needs to hold, trained here."""
    tok = Tokenizer(models.BPE())
    tok.normalizer, tok.pre_tokenizer, tok.decoder = tiny.normalizer, tiny.pre_tokenizer, decoders.ByteLevel()
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(vocab_size=900, initial_alphabet=alphabet, show_progress=False)
    tok.train_from_iterator(SENTENCES * 3, trainer)
    tok.add_special_tokens([AddedToken(t, normalized=False) for t in TOKENS[:5]])
    # <think>ing overlaps <think>: the longest wins; "é!" is looked for after NFC, so "e" + U+0301 + "!" is found too.
    tok.add_tokens([AddedToken("<think>", normalized=False), AddedToken("<think>ing", normalized=False),
                    AddedToken("é!", normalized=True), AddedToken(" two words ", normalized=True)])  # fmt: skip
    return tok


BYTE_LEVEL = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
VARIANTS = {  # as their tokenizer.json files have it; neither has a normalizer
    "gpt2": BYTE_LEVEL,
    "smollm2": pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), BYTE_LEVEL]),
}


def with_pre_tokenizer(tok, pre_tokenizer):
    """The same vocabulary, merges and added tokens."""
    variant = Tokenizer.from_str(tok.to_str())
    variant.normalizer, variant.pre_tokenizer = None, pre_tokenizer
    return variant


def main():
    args = argparse.ArgumentParser()
    args.add_argument("--count", type=int, default=300)
    args.add_argument("--seed", type=int, default=1)
    args.add_argument("--out", default=os.path.join(HERE, "text_tokenizer_cases.json"))
    args = args.parse_args()
    tiny = Tokenizer.from_file(os.path.join(TINY_VL, "tokenizer.json"))
    folder = os.path.join(HERE, "text_tokenizer")
    os.makedirs(folder, exist_ok=True)
    tok = make_tokenizer(tiny)
    tok.save(os.path.join(folder, "tokenizer.json"), pretty=False)
    check_transformers_agrees(tiny)
    variants = {name: with_pre_tokenizer(tok, pre) for name, pre in VARIANTS.items()}
    rng = random.Random(args.seed)
    texts = SENTENCES + ["", "<think>ing<think>in", "e\u0301!é! two words x two  words ", "\u1100\u1161\u11a8\u11a8 \uac00"]
    # Every code point after an apostrophe, once: which of them does (?i:'s|...) take?
    texts += ["".join(f"'{chr(c)}" for c in range(b, b + 64)) for b in (0x40, 0x140, 0x2100, 0x1E80)]
    while len(texts) < args.count:
        texts.append(string(rng))
    cases = []
    split = tok.pre_tokenizer[0]
    for text in texts:
        ids = tok.encode(text).ids
        form = tok.normalizer.normalize_str(text)
        pieces = [len(piece.encode()) for piece, _ in split.pre_tokenize_str(form)]
        decoded = tok.decode(ids, skip_special_tokens=True)
        case = {"text": text, "nfc": form, "pieces": pieces, "ids": ids, "decoded": decoded}
        for name, variant in variants.items():
            # ByteLevel spells each byte as one character of its alphabet.
            lengths = [len(piece) for piece, _ in variant.pre_tokenizer.pre_tokenize_str(text)]
            case[name] = {"pieces": lengths, "ids": variant.encode(text).ids}
        if text in SENTENCES:
            case["tiny_vl"] = tiny.encode(text).ids
        cases.append(case)
    for _ in range(args.count // 10):  # any ids at all: torn characters, ids without a token
        ids = [rng.randrange(tok.get_vocab_size() + 5) for _ in range(rng.randrange(1, 30))]
        cases.append({"ids": ids, "decoded": tok.decode(ids, skip_special_tokens=True)})
    with open(args.out, "w") as f:
        f.write("[\n" + ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases) + "\n]\n")
    print(len(cases), "cases in", args.out, file=sys.stderr)


def check_transformers_agrees(tiny):
    """The tokenizer transformers builds from the folder is the one the file describes."""
    from transformers import AutoTokenizer

    hf = AutoTokenizer.from_pretrained(TINY_VL)
    for s in SENTENCES:
        assert hf(s).input_ids == tiny.encode(s).ids, s


if __name__ == "__main__":
    main()
