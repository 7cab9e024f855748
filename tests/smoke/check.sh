# `crescent run --check`: says what would run, trains nothing and writes nothing; mistakes end with exit code 2.
. "$(dirname "$0")/lib.sh"
cat >study.lua <<'LUA'
local crescent = import "crescent"
local params = crescent.params { steps = 3 }
local run = crescent.run { name = "study", model = "tiny-vl", system = "", data = { "shapes", count = 16, val_count = 8, sft_count = 8 } }
run:sft { steps = 2, batch = 2, schedule = function(step, total) return step / total end, lr = 1e-3 }
run:grpo { prompts = 2, group = 3, max_response_tokens = 4 }
run:reward { "exact_math" }
run:phase { "read", view = "text", steps = params.steps, replay = { look = 0.25 } }
run:phase { "look", view = "image", leave = function(m) return m:plateau("val/image/accuracy", 2) end }
run:validate { every = 2, samples = 0 }
return run
LUA
before=$(find . | sort)
"$CRESCENT" run study.lua --check >out.txt
rm out.txt
[ "$(find . | sort)" = "$before" ] || fail "nothing to be written"
says() { "$CRESCENT" run study.lua --check "${@:2}" >"$WORK/said" && grep -qxF -- "$1" "$WORK/said" || { cat "$WORK/said"; fail "the line: $1"; }; }
says 'study.lua: no mistake found'
says '  run        runs/study (new), seed 1'
says '  cold start 2 steps of 2 sequences'
says '  step       2 prompts x 3 responses of at most 4 tokens'
says '  reward     exact_math x 1, passed from 1 on'
says '  phase      read: text view, 3 steps, 25 % replay look'
says '  phase      read: text view, 5 steps, 25 % replay look' --set steps=5
says '  phase      look: image view, until Lua, study.lua:8 ends it'
says '  in all     as many steps as the phases decide'
"$CRESCENT" run study.lua --check --json | python3 -c '
import json, sys
said = json.loads(sys.stdin.read())
assert said["event"] == "checked" and said["run"] == "runs/study" and not said["begun"], said
assert said["steps"] is None and [p["steps"] for p in said["phases"]] == [3, None], said'
[ -z "$("$CRESCENT" run study.lua --check --quiet)" ] || fail "--quiet to say nothing"

mistake() { # mistake SED-EXPRESSION EXPECTED-TEXT
  sed -E "$1" study.lua >bad.lua
  cmp -s study.lua bad.lua && fail "the edit $1 to change the script"
  expect_error 2 "$2" "$CRESCENT" run bad.lua --check
}
mistake 's/group = 3/grup = 3/' 'bad.lua:5: grpo has no option "grup"; did you mean "group"?'
mistake 's/val\/image\/accuracy/val\/image\/acuracy/' 'bad.lua:8: phase "look": m:plateau names "val/image/acuracy", which validation does not measure; did you mean "val/image/accuracy"?'
mistake 's/"exact_math"/"exact_maths"/' 'did you mean "exact_math"?'
mistake 's/return step \/ total/return stp/' 'bad.lua:4: the global "stp" is not defined'
mistake 's/return step \/ total/return -step/' 'bad.lua:4: the schedule returned -1 at step 1, but a factor of lr is from 0 to 1e6'
mistake 's/"tiny-vl"/"tiny-lv"/' 'did you mean "tiny-vl"?'
mistake 's/data = \{.*\} \}$/data = "nowhere" }/' 'nowhere is not a folder'
mkdir somewhere && touch somewhere/train.jsonl
mistake 's/data = \{.*\} \}$/data = "somewhere" }/' "$PWD/somewhere/val.jsonl"
expect_error 2 'device' "$CRESCENT" run study.lua --check --device tpu
"$CRESCENT" run bad.lua --check --json >said 2>/dev/null && fail "a mistake with --json to end with exit code 2"
grep -q '"event":"failed"' said || fail "a mistake as an event"

# A run that was begun: what would become of it.
sed -E 's/leave = .*end/steps = 2/; s/run:validate .*/run:validate { samples = 0, at_start = false }/' study.lua >short.lua
"$CRESCENT" run short.lua --out run >/dev/null
"$CRESCENT" run short.lua --out run --check | grep -qF 'run (finished: its table would be printed)' || fail "a finished run to be known"
expect_error 2 'was begun with other settings' "$CRESCENT" run short.lua --out run --check --set steps=4
