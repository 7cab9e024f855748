# A run that ended by a mistake in its script goes on with the mended one where that is asked for: its settings being the
# same, from its newest checkpoint, the old script kept and the change noted.
. "$(dirname "$0")/lib.sh"
script() { # script BODY-OF-ON_STEP
  cat >study.lua <<LUA
local crescent = import "crescent"
local params = crescent.params { lr = 1e-4 }
local run = crescent.run { name = "study", model = "tiny-vl", system = "", data = { "shapes", count = 8, val_count = 2, sft_count = 1 } }
run:grpo { prompts = 2, group = 2, max_response_tokens = 4, lr = params.lr }
run:reward { "exact_math" }
run:on_step(function(step, metrics) $1 end)
run:phase { "one", view = "text", steps = 6 }
run:validate { at_start = false, samples = 0, views = { "text" } }
run:checkpoint { every = 1 }
return run
LUA
}
script 'run.state.steps = step if step == 4 then error("metrics.reward is " .. metrics.rewards) end'
expect_error 1 'study.lua:6:' "$CRESCENT" run study.lua --out run --threads 1
script '
  run.state.steps = step
  if step == 4 then print("reward " .. tostring(metrics.reward)) end'
expect_error 2 '--accept-script-change with those of now' "$CRESCENT" run study.lua --out run --threads 1
expect_error 2 'grpo.lr: 0.0001 there, 0.001 now' "$CRESCENT" run study.lua --out run --threads 1 --accept-script-change --set lr=0.001
"$CRESCENT" run study.lua --out run --accept-script-change --check >out.txt
grep -qF 'begun: it would be resumed' out.txt || { cat out.txt; fail "the check to take the changed script"; }
[ ! -e run/experiment_until_session_1 ] || fail "the check to write nothing"
"$CRESCENT" run study.lua --out run --threads 1 --accept-script-change >out.txt 2>&1 || { cat out.txt; fail "the run to go on"; }
grep -qF 'resuming after step 3' out.txt || { cat out.txt; fail "step 3 to be where it goes on"; }
[ "$(wc -l <run/metrics.jsonl)" = 6 ] || fail "six steps"
cmp study.lua run/experiment/study.lua
grep -qF 'metrics.rewards' run/experiment_until_session_1/study.lua || fail "the old script to be kept"
grep -qF 'scripts changed' run/manifest.json || { cat run/manifest.json; fail "the manifest to note the change"; }
# A finished run is no longer changed.
script 'run.state.steps = step + 1'
expect_error 2 'was begun with other scripts' "$CRESCENT" run study.lua --out run --threads 1 --accept-script-change
echo "mended after step 3"
