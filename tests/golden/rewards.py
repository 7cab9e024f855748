#!/usr/bin/env python3
"""tests/golden/rewards.py >tests/golden/rewards.json: scores of the bundled rewards by other people's formulas.

length: eq. 13 of DAPO (2503.14476), as written. repetition: open-r1's get_repetition_penalty_reward. numeric_tolerance:
relaxed_correctness of google-research/pix2struct, which ChartQA's figures are computed with.
"""
import json
import random


def soft_overlong(length, longest, cache):
    if length <= longest - cache:
        return 0.0
    if longest - cache < length <= longest:
        return ((longest - cache) - length) / cache
    return -1.0


def repetition(text, n, max_penalty):
    words = text.lower().split()
    if text == "" or len(words) < n:
        return 0.0
    grams, total = set(), 0
    for gram in zip(*[words[i:] for i in range(n)]):
        grams.add(gram)
        total += 1
    return (1 - len(grams) / total) * -max_penalty


def relaxed(target, prediction, tolerance=0.05):
    def to_float(text):
        try:
            return float(text.rstrip("%")) / 100.0 if text.endswith("%") else float(text)
        except ValueError:
            return None

    p, t = to_float(prediction), to_float(target)
    if p is not None and t:
        return float(abs(p - t) / abs(t) <= tolerance)
    return float(prediction.lower() == target.lower())


rng = random.Random(7)
out = {"length": [], "repetition": [], "numeric_tolerance": []}
for longest, cache in [(20480, 4096), (28, 8), (28, 0), (10, 10), (1, 0)]:
    for length in sorted({1, longest - cache, longest - cache + 1, longest - 1, longest, longest + 1, 2 * longest}):
        if length > 0:
            out["length"].append([longest, cache, length, soft_overlong(length, longest, cache)])
texts = ["", "one", "a a", "a a a", "A a  a\ta\nb", "the cat the cat the cat sat", "x " * 50, "é é é é", "1 2 3 1 2 3"]
texts += [" ".join(rng.choice("abcd") for _ in range(rng.randrange(60))) for _ in range(30)]
for text in texts:
    for n in (1, 2, 3, 5):
        out["repetition"].append([text, n, repetition(text, n, 0.5)])
answers = ["10", "10.5", "10.51", "9.5", "9.49", "-10", "+10", "1e1", ".5", "0.5", "50%", "50", "52%", "53%", "1000",
           "1050", "1051", "2010", "2015", "yes", "Yes", "no", "-0.5", "10.", "1/2", "5 cm", "100000", "1e5", "ten"]
for gold in answers:
    for answer in answers:
        out["numeric_tolerance"].append([gold, answer, relaxed(gold, answer)])
print(json.dumps(out, ensure_ascii=False))
