"""Writes golden/image_patches.json: what transformers' Qwen2VLImageProcessor makes of pictures of odd sizes, and its
smart_resize over many sizes. Large outputs are kept as a hash of their f32 words, a sum and a few values.

    HF_HUB_OFFLINE=1 python tests/golden/image_patches.py    (torch 2.11, transformers 5.23)
"""
import json, os, random
import numpy as np
from PIL import Image
from transformers.models.qwen2_vl.image_processing_qwen2_vl import Qwen2VLImageProcessor, smart_resize

SIZES = [(84, 84), (56, 56), (57, 83), (200, 31), (31, 200), (10, 600), (600, 10), (333, 500), (28, 28), (13, 13),
         (112, 224), (1, 1), (3, 199), (301, 97)]  # height, width


def picture(h, w):
    """The same pixels as picture() of patches_test.cpp."""
    i = np.arange(h * w * 3, dtype=np.uint64)
    x = (i * 2654435761 + 12345) & 0xFFFFFFFF
    x ^= x >> 13
    x = (x * 1274126177) & 0xFFFFFFFF
    noise = (x >> 24).reshape(h, w, 3)
    ramp = (np.arange(h).reshape(h, 1, 1) * 5 + np.arange(w).reshape(1, w, 1) * 3 + np.arange(3) * 40) % 256
    return np.where((np.arange(h) // 9 % 2 == 0).reshape(h, 1, 1), noise, ramp).astype(np.uint8)


def fnv(rows):
    """FNV-1a over the 32-bit words of the values."""
    h = 1469598103934665603
    for word in rows.view(np.uint32).reshape(-1).tolist():
        h = ((h ^ word) * 1099511628211) & 0xFFFFFFFFFFFFFFFF
    return h


cases = []
for limits in [(3136, 1003520), (784, 12544)]:
    processor = Qwen2VLImageProcessor(min_pixels=limits[0], max_pixels=limits[1])
    for h, w in SIZES:
        out = processor(images=[Image.fromarray(picture(h, w))], return_tensors="np")
        rows = np.asarray(out["pixel_values"], dtype=np.float32)
        t, gh, gw = out["image_grid_thw"][0].tolist()
        assert t == 1 and rows.shape == (gh * gw, 1176)
        flat = rows.reshape(-1)
        probes = [int(p) for p in np.linspace(0, flat.size - 1, 5)]
        cases.append({"height": h, "width": w, "min_pixels": limits[0], "max_pixels": limits[1], "grid": [gh, gw],
                      "sum": float(flat.astype(np.float64).sum()), "probes": [[p, float(flat[p])] for p in probes],
                      "fnv": str(fnv(rows))})

rng = random.Random(3)
resize = []
while len(resize) < 600:
    h, w = (int(10 ** rng.uniform(0, 3.7)) for _ in range(2))
    if len(resize) % 3 == 0:
        h = 14 * rng.randint(1, 60)  # halves of the factor
    lo, hi = rng.choice([(3136, 1003520), (3136, 12845056), (784, 50176), (100352, 200704)])
    if max(h, w) / min(h, w) <= 200:
        resize.append([h, w, lo, hi, *smart_resize(h, w, 28, lo, hi)])
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "image_patches.json"), "w") as f:
    f.write('{"cases": [\n' + ",\n".join(json.dumps(c) for c in cases) + '\n],\n"smart_resize": [\n')
    f.write(",\n".join(json.dumps(r) for r in resize) + "\n]}\n")
