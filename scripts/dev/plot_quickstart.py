#!/usr/bin/env python3
"""plot_quickstart.py OUT.png DATA RUN [RUN...]: the README's picture: four of the quickstart's problems, and held-out accuracy
of finished quickstart runs by step. Needs matplotlib and pillow."""

import json
import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from PIL import Image


def metrics(run):
    return [json.loads(line) for line in (Path(run) / "metrics.jsonl").open()]


def draw_problems(axes, data):
    records = [json.loads(line) for line in (data / "val.jsonl").open()]
    for axis, record in zip(axes, records[4:8]):
        axis.imshow(Image.open(data / record["images"][0]), interpolation="nearest")
        axis.set_title(f'{record["problem"].replace("<image>", "")}  {record["answer"]}', fontsize=8)
        axis.axis("off")


def draw_curves(axis, runs):
    for view, colour in (("image", "#1f6fb4"), ("caption", "#d98218"), ("text", "#3b8f4a")):
        curves = [[(m["step"], 100 * m[f"val/{view}/sampled"]) for m in metrics(r) if f"val/{view}/sampled" in m] for r in runs]
        steps = [s for s, _ in curves[0]]
        values = list(zip(*[[v for _, v in c] for c in curves]))
        axis.plot(steps, [sum(v) / len(v) for v in values], color=colour, label=view, marker="o", markersize=3)
        axis.fill_between(steps, [min(v) for v in values], [max(v) for v in values], color=colour, alpha=0.15, linewidth=0)
    start = 0
    phases = []
    for m in metrics(runs[0])[1:]:
        if not phases or phases[-1][0] != m["phase"]:
            phases.append([m["phase"], start])
        start = m["step"]
    for i, (name, at) in enumerate(phases):  # short phases stand close: each label on a line of its own
        axis.axvline(at, color="#999999", linewidth=0.6)
        axis.text(at + 10, 2 + 4 * (len(phases) - 1 - i), name.replace("_", " "), fontsize=7, color="#555555")
    axis.set_xlabel("step")
    axis.set_ylabel("held-out accuracy, sampled, %")
    axis.set_ylim(0, 80)
    axis.legend(frameon=False, fontsize=8, loc="upper left")
    axis.spines[["top", "right"]].set_visible(False)


def main(out, data, runs):
    figure = plt.figure(figsize=(10, 3.6), dpi=110, layout="constrained")
    left, right = figure.subfigures(1, 2, width_ratios=[1, 2])
    draw_problems(left.subplots(2, 2).flat, Path(data))
    draw_curves(right.subplots(), runs)
    figure.savefig(out)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
