#!/usr/bin/env python3
"""zstdcat RUN/rollouts/*.zst | rollout_compression.py: what zstd's level, frames of several steps and a dictionary would
gain on a run's rollouts, against one frame a step at level 3. Needs the package `zstandard`. Figures: bench/RESULTS.md."""

import json
import sys
import time

import zstandard

steps = {}
tokens = 0
for line in sys.stdin.buffer:
    rollout = json.loads(line)
    steps.setdefault(rollout["step"], []).append(line)
    tokens += rollout["response_tokens"]
steps = [b"".join(lines) for lines in steps.values()]


def report(name, frames, level, dictionary=None):
    compressor = zstandard.ZstdCompressor(level=level, dict_data=dictionary, write_checksum=True)
    start = time.process_time()
    kept = sum(len(compressor.compress(frame)) for frame in frames)
    seconds = time.process_time() - start
    plain = sum(map(len, frames))
    share = plain / sum(map(len, steps))  # of the steps
    print(
        f"{name:28} level {level:2}  {plain / kept:5.1f} times smaller  {1e3 * kept / tokens / share:7.0f} B for 1,000 tokens"
        f"  {1e3 * seconds / len(steps) / share:6.2f} ms a step"
    )


print(f"{len(steps)} steps of {sum(map(len, steps)) / len(steps) / 1e3:.0f} kB, {tokens} tokens")
for level in (1, 3, 6, 9, 19):
    report("a frame a step", steps, level)
for count in (10, 100):
    report(f"a frame every {count} steps", [b"".join(steps[i : i + count]) for i in range(0, len(steps), count)], 3)
report("a frame a step, dictionary", steps[1::2], 3, zstandard.train_dictionary(110 * 1024, steps[::2]))
