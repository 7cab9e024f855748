# Saved samples are judged by any reward without training: lines in, lines out in order, statistics beside them.
. "$(dirname "$0")/lib.sh"
cat >samples.jsonl <<'JSON'
{"id":"a","response":"<think>3+5</think><answer>8</answer>","gold":"8","tokens":12}
{"id":"b","response":"<answer>9</answer>","gold":8,"tokens":30}

{"id":3,"response":"8","tokens":[1,2]}
JSON
cat >expected.jsonl <<'JSON'
{"id":"a","score":1.0,"parts":{}}
{"id":"b","score":0.0,"parts":{}}
{"id":"3","score":null,"parts":{}}
JSON
"$CRESCENT" score exact_math <samples.jsonl >out.jsonl 2>stats.txt
cmp expected.jsonl out.jsonl || { cat out.jsonl; fail "a score a line, in order"; }
for text in 'exact_math: 3 samples, .* us a sample' 'judged  *2   66.7 %' 'not applicable  *1   33.3 %' 'failed  *0    0.0 %'; do
  grep -q "$text" stats.txt || { cat stats.txt; fail "\"$text\" among the statistics"; }
done

# Options are of the reward's types; another reward is compared with.
"$CRESCENT" score length --option max_tokens=28 --set cache_tokens=20 --rollouts samples.jsonl >out.jsonl 2>/dev/null
grep -q '^{"id":"a","score":-0.2,"parts":{"over":1.0}}$' out.jsonl || { cat out.jsonl; fail "the length of 12 tokens"; }
"$CRESCENT" score exact_math --option log=10 --rollouts samples.jsonl --against format_tags --against-option partial=true \
  >/dev/null 2>stats.txt
grep -q 'exact_math against format_tags: 2 samples that both judged' stats.txt || { cat stats.txt; fail "the comparison"; }
grep -q 'samples.jsonl:2: 0 and 0.25' stats.txt || { cat stats.txt; fail "where the two are apart"; }
expect_error 2 'length' "$CRESCENT" score length --rollouts samples.jsonl
grep -q 'option "max_tokens" is missing' err || { cat err; fail "the option that is missing"; }
expect_error 2 'did you mean "tolerance"?' "$CRESCENT" score exact_math --option tolerence=1 --rollouts samples.jsonl
expect_error 2 '--option tolerance: expected name=value' "$CRESCENT" score exact_math --option tolerance
expect_error 2 'did you mean "exact_math"?' "$CRESCENT" score exact_maths --rollouts samples.jsonl

# A file in Lua, and a reward of an experiment.
echo 'return function(s) return #s.response end' >long.lua
"$CRESCENT" score long.lua <samples.jsonl 2>/dev/null | tail -n 1 | grep -qx '{"id":"3","score":1.0,"parts":{}}' ||
  fail "the score of a Lua file"
"$CRESCENT" score "$ROOT/scripts/rewards/length.lua" --option max_tokens=28 --option cache_tokens=20 <samples.jsonl >lua.jsonl 2>/dev/null
cmp out.jsonl lua.jsonl || fail "the Lua version of length to say what the plugin says"
"$CRESCENT" score "$ROOT/experiments/brevity/experiment.lua:brevity" <samples.jsonl 2>/dev/null | grep -c '"score":0.875' |
  grep -qx 1 || fail "the reward of an experiment"

# A reward that fails on a sample says so there, and the others are judged.
echo 'return function(s) return s.id == "b" and 0/0 or 1 end' >nan.lua
"$CRESCENT" score nan.lua <samples.jsonl >out.jsonl 2>stats.txt
grep -q '^{"id":"b","error":"nan.lua:1: reward \\"nan\\" returned nan, which is no score"}$' out.jsonl || { cat out.jsonl; fail "why b failed"; }
[ "$(wc -l <out.jsonl)" = 3 ] || fail "a line for every sample"
grep -q 'failed  *1   33.3 %' stats.txt && grep -q 'stdin:2: nan.lua:1' stats.txt || { cat stats.txt; fail "the failure with its place"; }

# A reward that judges nothing at all is no success.
echo 'return function(s) return 0/0 end' >never.lua
expect_error 1 'reward "never" could judge none of 3 samples' "$CRESCENT" score never.lua --rollouts samples.jsonl

# Where the lines cannot be written, that is said, and no sample is judged twice.
cat >count.py <<PY
def judge(completions, **columns):
    open("$WORK/calls", "a").write(".\n" * len(completions))
    return [1.0] * len(completions)
PY
for i in $(seq 100); do echo "{\"id\":$i,\"response\":\"\"}"; done >many.jsonl
code=0
"$CRESCENT" score ./count.py:judge --rollouts many.jsonl >/dev/full 2>err || code=$?
[ "$code" = 1 ] && grep -q 'the scores cannot be written to stdout' err || { cat err; fail "that the scores cannot be written"; }
[ "$(wc -l <calls)" = 64 ] || { wc -l calls; fail "the first batch to be judged once"; }

# A line that is no sample: its place; what came before it is there.
(head -n 1 samples.jsonl; echo '{"id":"x"}') >bad.jsonl
expect_error 2 'bad.jsonl:2: the sample has no "response"' "$CRESCENT" score exact_math --rollouts bad.jsonl
[ "$(wc -l <out)" = 1 ] || fail "the sample before it to be judged"
(head -n 1 samples.jsonl; printf '{"id":"x","response":"","gold":'; head -c 100000 /dev/zero | tr '\0' '['; echo) >deep.jsonl
expect_error 2 'deep.jsonl:2: is JSON nested 100001 deep; the limit is 256' "$CRESCENT" score exact_math --rollouts deep.jsonl
expect_error 2 'there is no sample to score' "$CRESCENT" score exact_math --rollouts /dev/null
expect_error 2 'nowhere: there is no such file' "$CRESCENT" score exact_math --rollouts nowhere
expect_error 2 'this folder is no run directory' "$CRESCENT" score exact_math --rollouts .

# What a run sampled is judged as the run judged it.
"$CRESCENT" run "$ROOT/experiments/quickstart" --set scale=tiny --out q --threads 2 >/dev/null
"$CRESCENT" score exact_math --rollouts q/rollouts >again.jsonl 2>stats.txt
"$CRESCENT" score format_tags --rollouts q >tags.jsonl 2>>stats.txt
for step in 7 8 9 10 11 12 13; do "$CRESCENT" show q --step $step --json --limit 0; done >kept.jsonl
grep -o '"exact_math":[0-9.]*' kept.jsonl | cut -d: -f2 | sed 's/\.0$//' >run.txt
grep -o '"score":[0-9.]*' again.jsonl | cut -d: -f2 | sed 's/\.0$//' | cmp - run.txt || fail "the run's own scores"
grep -o '"format_tags":[0-9.]*' kept.jsonl | cut -d: -f2 | sed 's/\.0$//' >run.txt
grep -o '"score":[0-9.]*' tags.jsonl | cut -d: -f2 | sed 's/\.0$//' | cmp - run.txt || fail "the run's own scores"
head -n 1 again.jsonl | grep -q '^{"id":"train-[0-9]*","step":7,"view":"[a-z]*","visit":0,"sample":0,"score":' || fail "where a sample is from"
expect_error 2 'name the run directory instead' "$CRESCENT" score exact_math --rollouts q/rollouts/step_000000-000099.jsonl.zst
