# A phase with a budget of minutes is left by the clock; a run that is resumed from before that decides as it did, though
# its steps take another time, and ends with the same files.
. "$(dirname "$0")/lib.sh"
cat >timed.lua <<'LUA'
local crescent = import "crescent"
local run = crescent.run { name = "timed", model = "tiny-vl", system = "", data = { "shapes", count = 8, val_count = 2, sft_count = 1 } }
run:grpo { prompts = 2, group = 2, max_response_tokens = 4 }
run:reward { "exact_math" }
run:phase { "timed", view = "text", budget = { minutes = 0.003 } }
run:phase { "rest", view = "text", steps = 2 }
run:validate { at_start = false, samples = 0, views = { "text" } }
run:checkpoint { every = 1, keep_last = 1000 }
return run
LUA
"$CRESCENT" run timed.lua --out whole --threads 1 >/dev/null
grep -q '"from":"timed","to":"rest","kind":"advance","reason":"[0-9.]* of 0.003 minutes are over"' whole/transitions.jsonl ||
  { cat whole/transitions.jsonl; fail "the phase to be left by the clock"; }
left=$(grep -o '"step":[0-9]*' whole/transitions.jsonl | head -1 | cut -d: -f2)
[ "$(wc -l <whole/clock.jsonl)" = $((left + 2)) ] || fail "the time of each step to be kept"

# From the first checkpoint on once more, in one process that is stopped for longer than the budget.
cp -r whole again
sed -i 's/"finished": true/"finished": false/' again/manifest.json
for folder in again/checkpoints/step_*; do
  [ "$folder" = again/checkpoints/step_1 ] || rm -r "$folder"
done
"$CRESCENT" run timed.lua --out again --threads 1 >/dev/null &
process=$!
sleep 0.3
kill -STOP "$process" 2>/dev/null || true
sleep 0.5
kill -CONT "$process" 2>/dev/null || true
wait "$process"
same_run whole again
echo "left at step $left, and again"
