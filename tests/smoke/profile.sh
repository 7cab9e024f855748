# crescent run --profile: tables and a trace that say where a step's time went, the training itself unchanged to the bit;
# a run that is stopped leaves them too, and where nothing would be timed it is refused.
. "$(dirname "$0")/lib.sh"
run=("$CRESCENT" run "$ROOT/tests/smoke/resume" --threads 2)
"${run[@]}" --out plain --quiet >/dev/null
"${run[@]}" --out timed --profile >timed.txt
same_run plain timed

for part in 'part .*of GEMM' 'cold start step' 'GRPO step' '  rollouts' '    prefill' '      vision tower' '    decode' '    rewards' \
  '  forward' '  backward' '    MlpBlock backward' '  optimizer' 'validation' 'checkpoint' 'operator, .*seconds' 'aten::mm ' '2 threads; GEMM: '; do
  grep -q "^$part" timed/profile.txt || { cat timed/profile.txt; fail "\"$part\" in the table"; }
done
tail -n "$(wc -l <timed/profile.txt)" timed.txt | cmp - timed/profile.txt || fail "the table at the end of what is printed"

cat >read_trace.py <<'PYTHON'
import collections
import json

events = json.load(open("timed/trace.json"))["traceEvents"]
assert all(e["ph"] == "X" and e["ts"] >= 0 and e["dur"] >= 0 for e in events)
calls = collections.Counter(e["name"] for e in events)
assert calls["cold start step"] == calls["GRPO step"] == 3, calls  # the first three of each part at the top
assert calls["aten::mm"] > 100, calls
step = next(e for e in events if e["name"] == "GRPO step")
within = [e for e in events if step["ts"] <= e["ts"] and e["ts"] + e["dur"] <= step["ts"] + step["dur"]]
names = {e["name"] for e in within}
assert {"rollouts", "rewards", "forward", "backward", "aten::mm"} <= names, names
assert any(e["args"]["GFLOP/s"] > 0 for e in within if e["name"] == "aten::mm")
PYTHON
python3 read_trace.py

"$CRESCENT" run "$ROOT/tests/smoke/resume" --threads 1 --out stopped --profile >/dev/null 2>stopped.err &
process=$!
until grep -q '"foundation"' stopped/metrics.jsonl 2>/dev/null; do
  kill -0 "$process" 2>/dev/null || { cat stopped.err; fail "the run to last until it is stopped"; }
  sleep 0.01
done
kill -INT "$process"
got=0
wait "$process" || got=$?
[ "$got" = 130 ] || { cat stopped.err; fail "exit code 130 after a signal (got $got)"; }
grep -q '^GRPO step' stopped/profile.txt || fail "a stopped run's profile"

expect_error 2 '--profile: timed is finished and nothing is left to time: take another folder with --out' "${run[@]}" --out timed --profile
expect_error 2 '--profile' "${run[@]}" --profile --check
