# What a run will take, as a person asks before it starts: memory, rollouts, time; what to change where it does not fit.
. "$(dirname "$0")/lib.sh"
QUICKSTART=$ROOT/experiments/quickstart
"$CRESCENT" plan "$QUICKSTART" --set scale=tiny --threads 1 >plan.txt
for text in 'activations' 'It fits' 'Probing: none; variance_aware asked for no rollouts' 'Time here'; do
  grep -q "$text" plan.txt || { cat plan.txt; fail "\"$text\" in the plan"; }
done
grep -Eq '^  enhancement +3 +96 +2,688  text' plan.txt || { cat plan.txt; fail "the last phase's 3 steps, 96 rollouts and 2,688 tokens"; }
[ ! -e runs ] || fail "no run directory of a plan"

# Nothing that a run would do is done twice: what was counted is what a run reports.
"$CRESCENT" run "$QUICKSTART" --set scale=tiny --threads 1 --out q >/dev/null
for view in text caption image; do
  ran=$(grep -v '"phase":"cold_start"' q/metrics.jsonl | grep -c "\"view\":\"$view\"" || true)
  planned=$("$CRESCENT" plan q/config.toml --threads 1 --no-rehearsal --json | tr -d ' \n' |
    grep -oE "\"$view\":[0-9]+" | cut -d: -f2 | awk '{ n += $1 } END { print n + 0 }')
  [ "$ran" = "$planned" ] || fail "$ran steps that show $view, as the run had; planned $planned"
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
"$CRESCENT" plan "$QUICKSTART" --memory 240MiB --threads 1 >small.txt || got=$?
[ "$got" = 1 ] || { cat small.txt; fail "exit code 1 of a plan that does not fit, got $got"; }
for text in 'It does not fit: 240 MiB given by --memory' 'grpo.micro_batch_tokens .* enough by itself' 'does not fit into memory'; do
  grep -q "$text" small.txt || { cat small.txt; fail "\"$text\" in the plan"; }
done
