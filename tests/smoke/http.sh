# A run whose rewards are addresses: scores come in, the key goes nowhere else, an address that always fails ends the run,
# and `crescent score` asks one too.
. "$(dirname "$0")/lib.sh"
export no_proxy=127.0.0.1 JUDGE_KEY=the-key-of-the-judge
python3 "$ROOT/tests/http/http_server.py" >port 2>/dev/null &
server=$!
trap 'kill $server 2>/dev/null; rm -rf "$WORK"' EXIT
for _ in $(seq 100); do [ ! -s port ] || break; sleep 0.1; done
url=http://127.0.0.1:$(cat port)
experiment() { # experiment REWARD
  cat <<LUA
local crescent = import "crescent"
local run = crescent.run { name = "judged", seed = 4, model = "tiny-vl", system = "",
                           data = { "shapes", count = 32, val_count = 8, sft_count = 16 } }
run:grpo { prompts = 4, group = 4, max_response_tokens = 12, lr = 1e-4, pass = { reward = "exact_math", at_least = 1 } }
run:reward { "exact_math" }
run:reward { "judge", key_env = "JUDGE_KEY", $1 }
run:phase { "only", view = "text", steps = 3 }
run:validate { samples = 0, prompts = 4, at_start = false }
return run
LUA
}

experiment "url = '$url/score', parts = { 'half' }" >scored.lua
"$CRESCENT" run scored.lua --out scored --threads 1 >out.txt 2>&1 || { cat out.txt; fail "a run with an address that scores"; }
[ "$(grep -c '"reward/judge/half":[0-9]' scored/metrics.jsonl)" = 3 ] || fail "its parts in each step"
grep -q '"reward_us/judge":' scored/timings.jsonl || fail "its time in timings.jsonl"

experiment "url = '$url/v1/chat/completions', model = 'm', ask = 'good {response}', concurrency = 1" >chat.lua
"$CRESCENT" run chat.lua --out one --threads 1 >out.txt 2>&1 || { cat out.txt; fail "a run with a chat model"; }
sed 's/concurrency = 1/concurrency = 16/' chat.lua >many.lua
"$CRESCENT" run many.lua --out many --threads 1 >out.txt 2>&1 || { cat out.txt; fail "a run with many requests at a time"; }
cmp one/metrics.jsonl many/metrics.jsonl || fail "the same metrics, however many requests there are at a time"
"$CRESCENT" run one/config.toml --out again --threads 1 >out.txt 2>&1 || { cat out.txt; fail "a run from its config.toml"; }
cmp one/metrics.jsonl again/metrics.jsonl || fail "the same run from its config.toml"
! grep -rqa "$JUDGE_KEY" scored one many again out.txt || { grep -rla "$JUDGE_KEY" .; fail "the key to be written nowhere"; }

experiment "url = '$url/v1/chat/completions', model = 'm', ask = '500 {response}', retries = 1, backoff_ms = 1" >failing.lua
expect_error 1 'more than max_failed_share = 0.01 of 1000 allows; for example record' \
  "$CRESCENT" run failing.lua --out failing --threads 1
! grep -rqa "$JUDGE_KEY" failing "$WORK/err" || fail "the key not to be where an answer repeats it"
(
  unset JUDGE_KEY
  expect_error 2 'the environment variable JUDGE_KEY, which key_env names, is not set' "$CRESCENT" run scored.lua --out none
)
experiment "url = '$url', concurency = 2" >misspelt.lua
expect_error 2 'did you mean "concurrency"?' "$CRESCENT" run misspelt.lua --out none

"$CRESCENT" score "$url/score" --option concurrency=2 --option parts=half --rollouts scored >scores.jsonl 2>err || { cat err; fail "score by an address"; }
[ "$(wc -l <scores.jsonl)" = 48 ] || fail "a score for each response"
! grep '"error"' scores.jsonl || fail "no failures"
expect_error 2 'option "out_of" acts on nothing without a model' "$CRESCENT" score "$url" --option out_of=3 --rollouts scored
