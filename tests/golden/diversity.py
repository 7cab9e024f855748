"""Writes diversity.json: diversities of token lists, computed the slow way from their definitions.

self_bleu: 1 - mean over responses of BLEU-1..3 (equal weights, smoothing method 1 with .1, brevity penalty against the
nearest length) against all others; orders longer than the response are left out. Usage: python3 diversity.py
"""
import itertools, json, math, pathlib, random
from collections import Counter


def grams(x, n):
    return Counter(tuple(x[i:i + n]) for i in range(len(x) - n + 1))


def bleu(hyp, refs):
    if not hyp:
        return 1.0 if any(not r for r in refs) else 0.0
    orders = min(3, len(hyp))
    logs = 0.0
    for n in range(1, orders + 1):
        have = grams(hyp, n)
        hit = sum(min(c, max(grams(r, n)[g] for r in refs)) for g, c in have.items())
        if n == 1 and hit == 0:
            return 0.0
        logs += math.log((hit or 0.1) / sum(have.values())) / orders
    near = min((len(r) for r in refs), key=lambda r: (abs(r - len(hyp)), r))
    penalty = 1.0 if len(hyp) > near else math.exp(1 - near / len(hyp))
    return penalty * math.exp(logs)


def edit(a, b):
    table = [[max(i, j) if 0 in (i, j) else 0 for j in range(len(b) + 1)] for i in range(len(a) + 1)]
    for i, j in itertools.product(range(1, len(a) + 1), range(1, len(b) + 1)):
        table[i][j] = min(table[i - 1][j] + 1, table[i][j - 1] + 1, table[i - 1][j - 1] + (a[i - 1] != b[j - 1]))
    return table[-1][-1]


def case(thoughts):
    others = lambda i: thoughts[:i] + thoughts[i + 1:]
    pairs = list(itertools.combinations(thoughts, 2))
    distinct = 0.0
    for n in (1, 2):
        pooled = sum((grams(t, n) for t in thoughts), Counter())
        distinct += len(pooled) / sum(pooled.values()) / 2 if pooled else 0
    return {
        "thoughts": thoughts,
        "self_bleu": 1 - sum(bleu(t, others(i)) for i, t in enumerate(thoughts)) / len(thoughts),
        "distinct": distinct,
        "edit_distance": sum((edit(a, b) / max(len(a), len(b), 1)) ** 2 for a, b in pairs) / len(pairs),
    }


rng = random.Random(1)
cases = [[[1, 2, 3], [1, 2, 4]], [[1], [1]], [[1], [2]], [[], [1, 2]], [[], []], [[1, 1, 1, 1], [1, 1], [2, 1, 2]]]
for n, length, letters in [(2, 5, 3), (3, 8, 2), (4, 20, 5), (8, 12, 4), (8, 30, 40), (5, 70, 6)]:
    cases.append([[rng.randrange(letters) for _ in range(rng.randint(length // 2, length))] for _ in range(n)])
path = pathlib.Path(__file__).with_name("diversity.json")
path.write_text("[\n" + ",\n".join(json.dumps(case(c)) for c in cases) + "\n]\n")
