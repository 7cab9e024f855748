#!/usr/bin/env python3
"""study.py CRESCENT FOLDER STUDY.json [--seeds 1-8] [--jobs N]: runs every arm of a study for every seed, one thread a
run, and prints each metric's mean and its difference from the first arm, paired by seed, with 95 % intervals of Student's
t. Runs lie in FOLDER; what is finished there is not run again. A study is {experiment, arms: {name: {param: value}},
metrics: {name of a column: metric}}; a metric is the mean over GRPO steps, "last METRIC" its last value."""

import argparse
import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys

import numpy as np
from scipy import stats


def run_arm(crescent, experiment, out, settings):
    command = [crescent, "run", experiment, "--out", out, "--threads", "1", "--quiet"]
    for name, value in settings.items():
        command += ["--set", f"{name}={value}"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stderr[-2000:]}")


def value_of(steps, metric):
    """One number of a run. Steps of the cold start have no reward and count for "last" alone."""
    if metric.startswith("last "):
        return next(step[metric[5:]] for step in reversed(steps) if metric[5:] in step)
    if metric.startswith("sum "):
        return sum(step.get(metric[4:], 0) for step in steps)
    values = [step[metric] for step in steps if "reward" in step and step.get(metric) is not None]
    return float(np.mean(values)) if values else float("nan")


def half_width(values):
    """Of the 95 % interval of the mean."""
    return stats.t.ppf(0.975, len(values) - 1) * np.std(values, ddof=1) / np.sqrt(len(values))


def table(study, arms, seeds):
    """arms: {name: [steps of each seed's run]}; returns rows and what they say as JSON."""
    rows, result = [], {}
    baseline = next(iter(arms))
    for name, runs in arms.items():
        row, found = [name], {}
        for column, metric in study["metrics"].items():
            scale = 100 if "val/" in metric or "groups" in metric else 1
            values = scale * np.array([value_of(run, metric) for run in runs])
            base = scale * np.array([value_of(run, metric) for run in arms[baseline]])
            found[column] = {"values": values.tolist(), "mean": values.mean(), "half_width": half_width(values)}
            text = f"{values.mean():.4g} ± {half_width(values):.2g}"
            if name != baseline and metric.startswith("last "):
                difference = values - base
                found[column] |= {"difference": difference.mean(), "difference_half_width": half_width(difference)}
                text += f" ({difference.mean():+.1f} ± {half_width(difference):.1f})"
            row.append(text)
        rows.append(row)
        result[name] = found
    return rows, result


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("crescent")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("study", type=pathlib.Path)
    parser.add_argument("--seeds", default="1-8")
    parser.add_argument("--jobs", type=int, default=1)
    args = parser.parse_args()
    study = json.loads(args.study.read_text())
    first, last = map(int, args.seeds.split("-"))
    seeds = range(first, last + 1)
    experiment = args.study.resolve().parents[2] / study["experiment"]
    os.environ["OMP_WAIT_POLICY"] = "passive"

    out = {(arm, seed): args.folder / f"{arm}-{seed}" for seed in seeds for arm in study["arms"]}
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        work = [pool.submit(run_arm, args.crescent, experiment, out[arm, seed], study["arms"][arm] | {"seed": seed})
                for arm, seed in sorted(out, key=lambda key: key[1])]
        for done, future in enumerate(concurrent.futures.as_completed(work), 1):
            future.result()
            print(f"\r{done} of {len(work)} runs", end="", file=sys.stderr)
    print(file=sys.stderr)

    runs = {arm: [[json.loads(line) for line in (out[arm, seed] / "metrics.jsonl").open()] for seed in seeds]
            for arm in study["arms"]}
    rows, result = table(study, runs, seeds)
    rows.insert(0, ["arm", *study["metrics"]])
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())
    print(json.dumps({"study": args.study.stem, "seeds": list(seeds), "arms": result}))


main()
