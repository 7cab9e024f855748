"""Writes golden/mrope_positions.json: positions that transformers' get_rope_index gives to prompts of text and images.

    HF_HUB_OFFLINE=1 python tests/golden/mrope_positions.py    (torch 2.11, transformers 5.23)
"""
import json, os, random
from types import SimpleNamespace
import torch
from transformers.models.qwen2_5_vl.modeling_qwen2_5_vl import Qwen2_5_VLModel

model = SimpleNamespace(config=SimpleNamespace(vision_config=SimpleNamespace(spatial_merge_size=2, tokens_per_second=2)))
model.get_vision_position_ids = Qwen2_5_VLModel.get_vision_position_ids.__get__(model)
rng = random.Random(5)
prompts = [[16, [4, 8], 2, [8, 4], 3], [5], [3, [6, 6], 9]]  # lengths of text, grids of images in patches
while len(prompts) < 12:
    parts = [rng.randint(1, 9)]
    for _ in range(rng.randint(1, 3)):
        parts += [[2 * rng.randint(1, 5), 2 * rng.randint(1, 5)], rng.randint(1, 6)]
    prompts.append(parts)
cases = []
for parts in prompts:
    types, grids = [], []
    for p in parts:
        if isinstance(p, list):
            types += [1] * (p[0] * p[1] // 4)
            grids.append([1, *p])
        else:
            types += [0] * p
    ids = torch.tensor([types])
    positions, delta = Qwen2_5_VLModel.get_rope_index(model, ids, ids, torch.tensor(grids) if grids else None)
    cases.append({"parts": parts, "positions": positions[:, 0].T.tolist(), "delta": int(delta)})
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "mrope_positions.json"), "w") as f:
    f.write("[\n" + ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases) + "\n]\n")
