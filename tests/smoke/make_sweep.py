"""make_sweep.py OUT KIND: sweep directories as `crescent sweep` leaves them, with made-up curves, for the page's test.

KIND: whole (lambda x warm, 5 seeds, all finished), gaps (some runs failed or waiting), single (one seed, no baseline),
hostile (names that would harm a careless page).
"""
import json, math, os, random, sys

out, kind = sys.argv[1:3]
draw = random.Random(5)
lambdas, warms, seeds = [0, 0.5, 1], [20, 40, 80], [1, 2, 3, 4, 5]
name, baseline = "made", {"lambda": 0}
if kind == "single":
    warms, seeds, baseline = [20], [1], None
if kind == "hostile":
    lambdas, warms, seeds = ["</script><img src=x onerror=broken=1>", "100% #1?"], [20], [1, 2]
    name, baseline = "<b>bold</b>", {"lambda": lambdas[1]}
views, total = ["text", "image"], 120
seed_level = {seed: draw.gauss(0, 0.05) for seed in seeds}


def accuracy(value, warm, seed, view, step):
    gain = 0.03 * (value == 0.5) - 0.015 * (value == 1) + 0.0002 * warm
    return min(1, max(0, 0.3 + seed_level[seed] + (0.25 + gain) * (1 - math.exp(-step / 40)) + 0.05 * (view == "text") + draw.gauss(0, 0.008)))


cells, results, edges = [], [], []
for warm in warms:
    for seed in seeds:
        stem = f"warm-{warm}-{seed}"
        keys = [f"lambda={value},warm={warm},seed={seed}".replace("/", "_") for value in lambdas]
        edges.append({"id": stem, "parent": None, "from_step": 0, "to_step": warm, "steps": warm, "cells": keys, "state": "done", "split": "warm, seed"})
        for value, key in zip(lambdas, keys):
            state, error = "finished", ""
            if kind == "gaps" and seed == 2 and value == 0.5 and warm == 40:
                state, error = "failed", "experiment.lua:14: reward \"mine\" failed 40 of 256 samples\nthe limit is 10 %"
            if kind == "gaps" and seed == 5 and warm == 80:
                state = "waiting"
            folder = os.path.join(out, "cells", key)
            cells.append({"key": key, "params": {"lambda": value, "warm": warm}, "seed": seed, "directory": f"cells/{key}", "state": state, "error": error})
            edges.append({"id": key, "parent": stem, "from_step": warm, "to_step": total, "steps": total - warm, "cells": [key], "state": {"finished": "done"}.get(state, state), "split": "lambda"})
            if state == "waiting":
                continue
            os.makedirs(folder)
            last = {}
            with open(folder + "/metrics.jsonl", "w") as metrics, open(folder + "/timings.jsonl", "w") as timings:
                for step in range(0, (total if state == "finished" else 60) + 1):
                    line = {"step": step, "phase": "words" if step <= warm else "pictures", "view": "text" if step <= warm else "image"}
                    if step % 20 == 0:
                        last = {f"val/{view}/accuracy": round(accuracy(value, warm, seed, view, step), 6) for view in views}
                        line.update(last)
                    if step > 0:
                        line["reward"] = round(0.2 + 0.5 * (1 - math.exp(-step / 40)) + draw.gauss(0, 0.05), 6)
                        line["pass_rate"] = round(line["reward"] * 0.9, 6)
                    metrics.write(json.dumps(line) + "\n")
                    timings.write(json.dumps({"step": step, "phase": line["phase"], "view": line["view"], "step_s": 0.5 if step else 0.0, "validate_s": 1.0 if step % 20 == 0 else 0.0}) + "\n")
            if state == "finished":
                results.append({"cell": key, "params": {"lambda": value, "warm": warm}, "seed": seed, "steps": total, "values": last})
                if seed == 1:  # some runs have pages of their own
                    with open(folder + "/report.html", "w") as page:
                        page.write("<!doctype html><title>of a run</title>")
os.makedirs(out, exist_ok=True)
with open(out + "/sweep.json", "w") as file:
    json.dump({"format": 1, "name": name, "factors": [{"name": "lambda", "values": lambdas}, {"name": "warm", "values": warms}], "seeds": seeds,
               "baseline": baseline, "metrics": ["val/image/accuracy", "val/text/accuracy"], "threads": 1, "cells": cells}, file)
with open(out + "/results.jsonl", "w") as file:
    file.writelines(json.dumps(line) + "\n" for line in results)
with open(out + "/tree.json", "w") as file:
    json.dump({"edges": edges}, file)
