# The quickstart at scale tiny, as a newcomer runs it: it trains, prints its table, and the same command again does not.
. "$(dirname "$0")/lib.sh"
"$CRESCENT" run "$ROOT/experiments/quickstart" --set scale=tiny --out q --threads 2 >first.txt
grep -q 'after enhancement' first.txt || { cat first.txt; fail "a row for the last phase in the table"; }
for file in config.toml manifest.json metrics.jsonl timings.jsonl vps.jsonl log.txt experiment/experiment.lua \
            checkpoints/step_13/DONE checkpoints/step_13/model/model.safetensors checkpoints/step_13/model/tokenizer.json; do
  [ -s "q/$file" ] || { ls -R q | head -60; fail "q/$file"; }
done
ls q/rollouts/*.jsonl.zst >/dev/null || fail "rollouts"
"$CRESCENT" run "$ROOT/experiments/quickstart" --set scale=tiny --out q --threads 2 >second.txt
grep -q 'q is finished' second.txt || { cat second.txt; fail "a finished run to say so"; }
expect_error 2 'seed' "$CRESCENT" run "$ROOT/experiments/quickstart" --set scale=tiny --set seed=2 --out q
# config.toml alone reproduces the run.
"$CRESCENT" run q/config.toml --out again --threads 2 >/dev/null
cmp q/metrics.jsonl again/metrics.jsonl || fail "config.toml to reproduce the run"
