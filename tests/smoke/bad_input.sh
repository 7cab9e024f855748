# What a person sees who makes a mistake: exit code 2, what is wrong, where, and what to do.
. "$(dirname "$0")/lib.sh"
cat >good.lua <<'LUA'
local crescent = import "crescent"
local run = crescent.run { name = "x", model = "tiny-vl", system = "", data = { "shapes", count = 16, val_count = 8, sft_count = 8 } }
run:sft { steps = 1, batch = 2 }
run:grpo { prompts = 2, group = 2, max_response_tokens = 4 }
run:reward { "exact_math" }
run:phase { "only", view = "image", steps = 2 }
run:validate { samples = 0, at_start = false }
return run
LUA
mistake() { # mistake SED-EXPRESSION EXPECTED-TEXT
  sed -E "$1" good.lua >bad.lua
  cmp -s good.lua bad.lua && fail "the edit $1 to change the script"
  expect_error 2 "$2" "$CRESCENT" run bad.lua
}
mistake 's/group = 2/grup = 2/' 'bad.lua:4: grpo has no option "grup"; did you mean "group"?'
mistake 's/group = 2/group = "two"/' 'bad.lua:4: grpo: option "group" must be an integer, found a string "two"'
mistake 's/group = 2/group = 1/' 'group'
mistake 's/"exact_math"/"exact_maths"/' 'did you mean "exact_math"?'
mistake 's/"exact_math"/".\/missing.so"/' 'missing.so'
mistake 's/"exact_math"/"exact_math", tolerence = 1/' 'has no option "tolerence"'
mistake 's/view = "image"/view = "picture"/' 'picture'
mistake 's/data = \{ "shapes".*\} \}$/data = "nowhere" }/' 'nowhere is not a folder'
mistake 's/model = "tiny-vl"/model = "tiny-lv"/' 'tiny-vl'
"$CRESCENT" run good.lua >/dev/null # the mended script starts in the very directory of the starts that failed
expect_error 2 'did you mean "sampler"' "$CRESCENT" run "$ROOT/tests/smoke/resume" --set samplr=x
expect_error 2 'no such' "$CRESCENT" run nowhere.lua
expect_error 2 'device' "$CRESCENT" run good.lua --device tpu

# Libraries that are not what they should be, by path: what is wrong with the file, and the remedy.
head -c 4096 "$(dirname "$CRESCENT")/plugins/exact_math.so" >cut.so
mistake 's/"exact_math"/"cut.so"/' "bad.lua:5: plugin $PWD/cut.so: the file is truncated: it has 4096 bytes, but its headers speak of $(stat -c %s "$(dirname "$CRESCENT")/plugins/exact_math.so"); build or copy it again"
cc -shared -fPIC -DFAULT_MAJOR -I "$ROOT/core/abi" "$ROOT/tests/bad_plugins/entry.c" -o old.so
mistake 's/"exact_math"/".\/old.so"/' "bad.lua:5: plugin $PWD/old.so: it was built for version 7 of the plugin interface, this program has version 2; build it again with this program's crescent_plugin.h"

# Two mistakes are reported together.
sed -E 's/group = 2/grup = 2/; s/view = "image"/view = "picture"/' good.lua >bad.lua
expect_error 2 'grup' "$CRESCENT" run bad.lua
grep -q 'picture' err || fail "the second mistake in the same report"

# Data: every mistake of a file at once, with its line; a picture that cannot be read names file and record.
"$CRESCENT" data make shapes --out d --count 16 --val-count 8 --sft-count 8 >/dev/null
sed -E 's/data = \{.*\}$/data = { "d" } }/' good.lua >own.lua
"$CRESCENT" run own.lua --out fine >/dev/null
cp -r d broken
sed -i '2s/.*/{"problem": "no answer"}/; 3s/.*/not json/' broken/train.jsonl
sed -E 's/"d" \}/"broken" }/' own.lua >bad.lua
expect_error 2 'train.jsonl:2' "$CRESCENT" run bad.lua --out b1
grep -q 'train.jsonl:3' err || fail "both lines to be named"
: >broken/train.jsonl
expect_error 2 'train.jsonl' "$CRESCENT" run bad.lua --out b2
rm -rf broken && cp -r d broken
for image in broken/images/*.png; do head -c 60 "$image" >cut.png && cp cut.png "$image"; done
expect_error 2 "$PWD/broken/train.jsonl:2: $PWD/broken/images/train-000001.png: the picture is cut short: it has no end (IEND)" \
  "$CRESCENT" run bad.lua --out b3
grep -qF 'train.jsonl: 16 mistakes in 16 records (unreadable image: 16)' err || { cat err; fail "all of them to be counted"; }

# A Lua error in a callback in the middle of training: a clear error, and the last checkpoint goes on.
sed -E 's/^return run$/run:checkpoint { every = 1 }\nrun:on_step(function(step) if step == 2 then error("boom") end end)\nreturn run/' good.lua >late.lua
expect_error 1 'boom' "$CRESCENT" run late.lua --out late
grep -q 'late.lua' err || { cat err; fail "the script's place"; }
[ -e late/checkpoints/step_1/DONE ] || fail "the checkpoint before the error"

# A reward that fails on every sample stops the run with the share and an example.
sed -E 's/run:reward \{ "exact_math" \}/run:reward { "bad", score = function(s) return 0\/0 end }/; s/prompts = 2, group = 2/prompts = 64, group = 8/' good.lua >nan.lua
expect_error 1 'reward "bad" could not judge 11 of the latest 11 samples, more than max_failed_share = 0.01 of 1000 allows; for example record "val-000000" at step 1: nan.lua:5: reward "bad" returned nan, which is no score; mend the reward or raise max_failed_share' \
  "$CRESCENT" run nan.lua --out nan

# The command line: a slip names what was probably meant.
expect_error 2 'crescent run: there is no option --thread; did you mean --threads?' "$CRESCENT" run good.lua --thread 2
expect_error 2 'crescent run: there is no option --thread; did you mean --threads?' "$CRESCENT" run good.lua --thread=2
expect_error 2 'crescent data make: there is no option --ot; did you mean --out?' "$CRESCENT" data make shapes --ot d2
expect_error 2 'crescent: there is no command rnu; did you mean run?' "$CRESCENT" rnu good.lua
expect_error 2 'crescent plugins: there is no command lst; did you mean list?' "$CRESCENT" plugins lst
expect_error 2 'crescent does one of these:' "$CRESCENT"
grep -q '^  crescent run  *train an experiment' err || { cat err; fail "each command with what it does"; }
expect_error 2 'crescent data does one of these:' "$CRESCENT" data
grep -q '^  crescent data make  *write a built-in' err || { cat err; fail "the commands of data"; }
expect_error 2 'crescent plugins: there is no command xyz; there' "$CRESCENT" plugins xyz
expect_error 2 'crescent run: "more" is one argument too many' "$CRESCENT" run good.lua more
expect_error 2 'crescent run: EXPERIMENT is required' "$CRESCENT" run
"$CRESCENT" run --help-options >options.txt # which needs no experiment
grep -q '^run:grpo {' options.txt || fail "--help-options to print what a script can set"
expect_error 2 "looked for $PWD/nowhere.toml" "$CRESCENT" run nowhere.toml

# A schedule over all steps needs their number, which a plugin declares; what else is wrong is reported with it.
mistake 's/group = 2,/group = 2, schedule = "linear",/; s/steps = 2 \}/leave = { "plateau", max_steps = 9 } }/' \
  'bad.lua:4: grpo: schedule "linear" needs the number of steps, but phase "only" decides at run time'
mistake 's/group = 2,/grup = 2, schedule = "linear",/; s/steps = 2 \}/leave = { "plateau", max_steps = 9 } }/' 'schedule "linear" needs'
grep -q 'grup' err || fail "both mistakes in one report"
mistake 's/group = 2,/group = 2, schedule = "linear",/; s/steps = 2 \}/leave = { "fixd_steps", steps = 2 } }/' 'did you mean "fixed_steps"?'
if grep -q 'schedule' err; then cat err; fail "one mistake to be reported once"; fi
mistake 's/steps = 2 \}/leave = { "plateau", metric = "" } }/' 'bad.lua:6: curriculum "plateau": create failed: the option "metric" is empty'
# What could only be found out in hour three, or never: a metric that is not validated, a phase that nothing ends.
mistake 's/steps = 2 \}/leave = { "plateau", metric = "val\/imag\/accuracy" } }/' \
  'bad.lua:6: curriculum "plateau": create failed: there is no validation metric "val/imag/accuracy"; there are val/text/accuracy, val/caption/accuracy, val/image/accuracy'
mistake 's/steps = 2 \}/leave = { "plateau" } }/' \
  'bad.lua:6: curriculum "plateau": create failed: nothing is validated while the phase lasts (validate.every is 0), so it would never end: set validate.every, or max_steps'
mistake 's/steps = 2 \}/leave = { "plateau" } }/; s/samples = 0,/samples = 0, evry = 10,/' 'did you mean "every"?'
if grep -q 'plateau' err; then cat err; fail "one mistake to be reported once"; fi
mistake 's/group = 2,/group = 2, warmup_steps = 2,/' 'bad.lua:4: grpo: option "warmup_steps" is 2, but the phases have 2 steps together, so the rate would never get to lr; give it less'
sed 's/max_response_tokens = 4/max_response_tokens = 4000/' good.lua >bad.lua
expect_error 2 'bad.lua:4: data.max_prompt_tokens = 1024 and grpo.max_response_tokens = 4000 make 5024 tokens together, but the model has 4096 positions (max_position_embeddings); lower one of the two' \
  "$CRESCENT" run bad.lua --out long

# A mistake while groups without a signal are replaced is told as itself, not as what the broken step leaves behind.
cat >resampling.lua <<'LUA'
local crescent = import "crescent"
local run = crescent.run { name = "r", model = "tiny-vl", system = "", data = { "shapes", count = 16, val_count = 4, sft_count = 8 } }
run:grpo { prompts = 2, group = 3, max_response_tokens = 6, resample = 2 }
run:reward { "exact_math" }
run:sampler { draw = function(ctx, n)
  run.state.calls = (run.state.calls or 0) + 1
  if run.state.calls == 2 then error("no more prompts of mine") end
  return { ctx.eligible[1], n > 1 and ctx.eligible[2] or nil }
end }
run:phase { "only", view = "text", steps = 2 }
run:validate { samples = 0, views = { "text" }, at_start = false }
return run
LUA
expect_error 1 'resampling.lua:7: no more prompts of mine' "$CRESCENT" run resampling.lua --threads 1
