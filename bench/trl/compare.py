#!/usr/bin/env python3
"""compare.py ROUNDS OURS... -- THEIRS...: runs two commands in turn, each of which tells every finished step by a line of JSON with
"event": "step", and prints what a step costs in each: wall and CPU seconds from the end of one step to the end of the
next. {round} in an argument is the round's number. Of each round the first step (set-up) and the last (which may have validated) are left out."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid):
    """User and system time of all threads so far."""
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def peak_mib(pid):
    with open(f"/proc/{pid}/status") as file:
        return next(int(line.split()[1]) / 1024 for line in file if line.startswith("VmHWM"))


def one_round(command):
    """[(wall, cpu)] of its steps but the first and the last, its peak memory and its seconds to the first step."""
    begin = time.perf_counter()
    errors = tempfile.TemporaryFile("w+")
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True)
    marks, peak = [], 0
    for line in process.stdout:
        if not line.startswith('{"event"') or json.loads(line)["event"] != "step":
            continue
        marks.append((time.perf_counter(), cpu_seconds(process.pid)))
        peak = max(peak, peak_mib(process.pid))
    if process.wait() != 0 or len(marks) < 3:
        errors.seek(0)
        sys.exit(f"{' '.join(command)}\nended with {process.returncode} after {len(marks)} steps\n{errors.read()[-3000:]}")
    steps = [(b[0] - a[0], b[1] - a[1]) for a, b in zip(marks, marks[1:])][:-1]
    return {"steps": steps, "peak_mib": peak, "first_step_s": marks[0][0] - begin}


def spread(values):
    return {"min": min(values), "median": statistics.median(values), "max": max(values)}


def main(rounds, ours, theirs):
    commands = {"Crescent": ours, "TRL": theirs}
    measured = {name: [] for name in commands}
    for i in range(rounds):
        for name, command in commands.items():
            measured[name].append(one_round([part.replace("{round}", str(i)) for part in command]))
    result = {}
    print(f"{'':10} {'steps':>5} {'wall s a step: min':>18} {'median':>8} {'max':>8} {'CPU s: min':>11} {'median':>8} {'max':>8} {'peak MiB':>9}")
    for name, runs in measured.items():
        steps = [step for run in runs for step in run["steps"]]
        wall, cpu = spread([s[0] for s in steps]), spread([s[1] for s in steps])
        peak = max(run["peak_mib"] for run in runs)
        result[name] = {"steps": len(steps), "wall_s": wall, "cpu_s": cpu, "peak_mib": peak, "first_step_s": spread([run["first_step_s"] for run in runs])}
        print(
            f"{name:10} {len(steps):5} {wall['min']:18.3f} {wall['median']:8.3f} {wall['max']:8.3f} "
            f"{cpu['min']:11.3f} {cpu['median']:8.3f} {cpu['max']:8.3f} {peak:9.0f}"
        )
    ratio = {
        clock: {kind: result["TRL"][clock][kind] / result["Crescent"][clock][kind] for kind in ("min", "median")}
        for clock in ("wall_s", "cpu_s")
    }
    result["ratio"] = ratio
    print(
        f"TRL / Crescent: {ratio['wall_s']['median']:.2f} by median wall time, {ratio['cpu_s']['median']:.2f} by median "
        f"CPU time, {ratio['cpu_s']['min']:.2f} by least CPU time"
    )
    print(json.dumps(json.loads(json.dumps(result), parse_float=lambda number: round(float(number), 3))))


if __name__ == "__main__":
    at = sys.argv.index("--")
    main(int(sys.argv[1]), sys.argv[2:at], sys.argv[at + 1 :])
