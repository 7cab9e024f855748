# What a run sampled is read at a terminal, by a script, and by zstd's own tool.
. "$(dirname "$0")/lib.sh"
"$CRESCENT" run "$ROOT/experiments/quickstart" --set scale=tiny --out q --threads 2 >/dev/null

"$CRESCENT" show q >overview.txt
grep -q '7 with rollouts, 7 to 13' overview.txt || { cat overview.txt; fail "the steps that have rollouts"; }
"$CRESCENT" show q --step 9 >step.txt
grep -q '^step 9, adaptation: 4 groups, 32 responses' step.txt || { cat step.txt; fail "a line about step 9"; }
grep -q '24 more responses left out; --limit 0 prints all' step.txt || { cat step.txt; fail "what the limit left out"; }

"$CRESCENT" show q --step 9 --json >step.jsonl
[ "$(wc -l <step.jsonl)" = 32 ] || fail "a line for each response"
prompt=$(sed -n '1s/.*"prompt":"\([^"]*\)".*/\1/p' step.jsonl)
"$CRESCENT" show q --prompt "$prompt" --limit 0 >prompt.txt
for text in "^prompt    $prompt" '^answer ' '^picture .*png' '^ *9  adaptation *caption' '^step 9  adaptation, caption view'; do
  grep -q "$text" prompt.txt || { cat prompt.txt; fail "\"$text\" of the prompt"; }
done
! grep -q "$(printf '\033')" prompt.txt || fail "no colour in a file"
[ "$(grep -v '^picture' prompt.txt | LC_ALL=C.UTF-8 wc -L)" -le 80 ] || fail "lines of at most 80 columns"

expect_error 2 "did you mean \"$prompt\"?" "$CRESCENT" show q --prompt "${prompt}x"
expect_error 2 'there are no rollouts of step 3 (the cold start, steps 1 to 6, samples none); steps 7 to 13 are kept' \
  "$CRESCENT" show q --step 3
expect_error 2 'is not a run directory' "$CRESCENT" show .
if command -v zstdcat >/dev/null; then
  zstdcat q/rollouts/*.zst | grep '^{"step":9,' | cmp - step.jsonl || fail "zstdcat to read the same lines"
else
  echo "skipped: no zstdcat to read rollouts/ with"
fi

# The data of the built-in set are made again where they are gone; a folder's are missed.
"$CRESCENT" data make shapes --out data --count 16 --val-count 4 --sft-count 4 >/dev/null
cat >few.lua <<'LUA'
local crescent = import "crescent"
local run = crescent.run { name = "few", model = "tiny-vl", system = "", data = "data" }
run:grpo { prompts = 2, group = 4, max_response_tokens = 8, lr = 1e-4 }
run:reward { "exact_math" }
run:phase { "image", view = "image", steps = 3 }
run:rollouts { every = 2, samples = 1, tokens = false }
run:validate { at_start = false, samples = 0, prompts = 2 }
return run
LUA
"$CRESCENT" run few.lua --out few --threads 1 >/dev/null
"$CRESCENT" show few --step 1 >one.txt
grep -q 'No response of step 1 was kept, only scores (rollouts.every = 2' one.txt || { cat one.txt; fail "why there is no text"; }
"$CRESCENT" show few --step 2 >two.txt
grep -q '2 of 8 responses were kept (rollouts.samples = 1' two.txt || { cat two.txt; fail "why some have no text"; }
"$CRESCENT" show few --step 2 --json >two.jsonl
[ "$(grep -c '"text":' two.jsonl)" = 2 ] || { cat two.jsonl; fail "two responses with their text"; }
! grep -q '"tokens":\[' two.jsonl || fail "no tokens"
rm -r data
"$CRESCENT" show few --prompt "$(sed -n '1s/.*"prompt":"\([^"]*\)".*/\1/p' two.jsonl)" >gone.txt
grep -q 'its text cannot be shown' gone.txt || { cat gone.txt; fail "to be told that the data are gone"; }
