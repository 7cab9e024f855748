#!/usr/bin/env python3
"""make_data.py FOLDER: 256 drawn 112x112 PNGs with a question of 51 tokens and an integer answer each, as
FOLDER/train.jsonl and FOLDER/val.jsonl in Crescent's format; trl_steps.py reads the same files."""

import json
import os
import random
import sys

from PIL import Image, ImageDraw

COLORS = {
    "red": (220, 40, 40), "green": (40, 170, 60), "blue": (50, 80, 220), "yellow": (235, 205, 40),
    "purple": (150, 60, 180), "black": (20, 20, 20),
}  # fmt: skip
SHAPES = ["circle", "square", "triangle"]


def draw(rng):
    picture = Image.new("RGB", (112, 112), (250, 250, 250))
    pen = ImageDraw.Draw(picture)
    cells = []
    for gy in range(4):
        for gx in range(4):
            if rng.random() >= 0.55:
                continue
            shape, color = rng.choice(SHAPES), rng.choice(list(COLORS))
            x, y, size = gx * 28 + 5, gy * 28 + 5, 18
            box = [x, y, x + size, y + size]
            if shape == "circle":
                pen.ellipse(box, fill=COLORS[color])
            elif shape == "square":
                pen.rectangle(box, fill=COLORS[color])
            else:
                pen.polygon([(x + size / 2, y), (x, y + size), (x + size, y + size)], fill=COLORS[color])
            cells.append((shape, color))
    return picture, cells


def main(folder):
    rng = random.Random(7)
    os.makedirs(os.path.join(folder, "images"), exist_ok=True)
    rows = []
    for i in range(256):
        picture, cells = draw(rng)
        path = os.path.join("images", f"{i:03d}.png")
        picture.save(os.path.join(folder, path))
        shape, color = rng.choice(SHAPES), rng.choice(list(COLORS))
        count = sum(1 for cell in cells if cell == (shape, color))
        a, b = rng.randint(0, count), rng.randint(10, 99)
        rows.append(
            {
                "id": f"{i:03d}",
                "problem": f"<image>How many {color} {shape}s are in the picture?",
                "text_problem": f"What is {a:02d} plus {b:02d}? Answer with one integer.",
                "images": [path],
                "answer": str(count),
            }
        )
    for name, part in ("train.jsonl", rows), ("val.jsonl", rows[:1]):
        with open(os.path.join(folder, name), "w") as out:
            out.writelines(json.dumps(row) + "\n" for row in part)


if __name__ == "__main__":
    main(sys.argv[1])
