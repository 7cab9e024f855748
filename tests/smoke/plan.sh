# What a run will take, as a person asks before it starts: memory, rollouts, time; what to change where it does not fit.
. "$(dirname "$0")/lib.sh"
QUICKSTART=$ROOT/experiments/quickstart
"$CRESCENT" plan "$QUICKSTART" --set scale=tiny --threads 1 >plan.txt
for text in 'activations' 'It fits' 'Probing: none; variance_aware asks for no rollouts' 'Time on this machine'; do
  grep -q "$text" plan.txt || { cat plan.txt; fail "\"$text\" in the plan"; }
done
grep -Eq '^  enhancement +3 +96 +2,688 +[0-9]+ MiB  image 3' plan.txt || { cat plan.txt; fail "the last phase's 3 steps, 96 rollouts and 2,688 tokens"; }
[ ! -e runs ] || fail "no run directory of a plan"

# Nothing that a run would do is done twice: what was counted is what a run reports.
"$CRESCENT" run "$QUICKSTART" --set scale=tiny --threads 1 --out q >/dev/null
for view in text caption image; do
  ran=$(grep -v '"phase":"cold_start"' q/metrics.jsonl | grep -c "\"view\":\"$view\"" || true)
  planned=$("$CRESCENT" plan q/config.toml --threads 1 --no-rehearsal --json | tr -d ' \n' |
    grep -oE "\"$view\":[0-9]+" | cut -d: -f2 | awk '{ n += $1 } END { print n + 0 }')
  [ "$ran" = "$planned" ] || fail "$ran steps that show $view, as the run had; planned $planned"
done

# A phase that ends when a function says so is told by the step; a cold start of fewer steps than are rehearsed.
"$CRESCENT" plan "$ROOT/experiments/own_curriculum" --set scale=tiny --threads 1 >open.txt
for text in '^  read  *?  .*a step; it decides at run time' '^  read, each step  ' '^  together, but those  '; do
  grep -q "$text" open.txt || { cat open.txt; fail "\"$text\" in the plan"; }
done

# A refresh of all prompts: the plan counts the rollouts that the run then makes.
cat >refresh.lua <<'LUA'
local crescent = import "crescent"
local run = crescent.run { name = "refresh", model = "tiny-vl", system = "",
                           data = { "shapes", count = 24, val_count = 8, sft_count = 8 } }
run:grpo { prompts = 2, group = 4, max_response_tokens = 6 }
run:reward { "exact_math" }
run:sampler { "variance_aware", preset = "mmr1", refresh_every = 3, refresh_rollouts = 4 }
run:phase { "text", view = "text", steps = 4 }
run:phase { "image", view = "image", steps = 3 }
run:validate { at_start = false, samples = 0, prompts = 1 }
return run
LUA
"$CRESCENT" plan refresh.lua --threads 1 --no-rehearsal --json >refresh.json
"$CRESCENT" run refresh.lua --threads 1 --out refreshed >/dev/null
planned=$(tr -d ' \n' <refresh.json | grep -oE '"probe_rollouts":[0-9]+' | cut -d: -f2 | awk '{ n += $1 } END { print n }')
ran=$(grep -oE '"probe_rollouts":[0-9.]+' refreshed/metrics.jsonl | cut -d: -f2 | awk '{ n += $1 } END { print n }')
[ "$planned" = "$ran" ] && [ "$planned" -gt 0 ] || fail "the $ran probe rollouts of the run in its plan, which says $planned"

# What does not fit ends with 1 and with changes; what is called enough is enough.
expect_error 2 'expected a number with MiB, GiB or TiB' "$CRESCENT" plan "$QUICKSTART" --memory lots
got=0
"$CRESCENT" plan "$QUICKSTART" --memory 320MiB --threads 1 >small.txt || got=$?
[ "$got" = 1 ] || { cat small.txt; fail "exit code 1 of a plan that does not fit, got $got"; }
for text in 'It does not fit into 320 MiB' 'run:grpo { micro_batch_tokens = [0-9]* } ' 'the run does not fit into memory'; do
  grep -q "$text" small.txt || { cat small.txt; fail "\"$text\" in the plan"; }
done
micro=$(grep -oE 'micro_batch_tokens = [0-9]+' small.txt)
mkdir -p smaller && sed "s/group = 8,/group = 8, $micro,/" "$QUICKSTART/experiment.lua" >smaller/experiment.lua
"$CRESCENT" plan smaller --memory 320MiB --threads 1 --no-rehearsal | grep 'It fits into 320 MiB'

# It is for the CPU, and a run's own mistakes are its too.
expect_error 2 'only the CPU is planned for' "$CRESCENT" plan "$QUICKSTART" --device cuda
expect_error 2 'there is no option --treads; did you mean --threads?' "$CRESCENT" plan "$QUICKSTART" --treads 1
expect_error 2 'no such' "$CRESCENT" plan nowhere.lua
sed 's/group = 8/grup = 8/' "$QUICKSTART/experiment.lua" >wrong.lua
expect_error 2 'did you mean "group"?' "$CRESCENT" plan wrong.lua
