# A sweep that is killed (its workers, all of it, by SIGINT) goes on with the same command and ends as one that never
# was; a cell that fails is tried once more and marked while the others go on.
. "$(dirname "$0")/lib.sh"
RANDOM=20261122
experiment=$ROOT/tests/smoke/sweep
command=("$CRESCENT" sweep "$experiment" --set shape=lengths --jobs 2)
"${command[@]}" --out whole >/dev/null

# workers PROCESS: its children.
workers() { cat "/proc/$1/task/$1/children" 2>/dev/null || true; }
# Lines of all logs: kills hit by progress, on a busy machine as on an idle one.
steps() { { cat killed/tree/*/metrics.jsonl killed/cells/*/metrics.jsonl 2>/dev/null || true; } | wc -l; }
kills=0
for attempt in $(seq 1 "${KILLS:-6}"); do
  "${command[@]}" --out killed >/dev/null 2>&1 &
  process=$!
  target=$(($(steps) + RANDOM % 12))
  while [ -d "/proc/$process" ] && [ ! -e killed/sweep.json -o "$(steps)" -lt "$target" ]; do sleep 0.05; done
  case $((attempt % 3)) in
    0) for worker in $(workers $process); do kill -9 "$worker" 2>/dev/null && kills=$((kills + 1)); done
       sleep 1; kill -9 $process 2>/dev/null || true ;;
    1) own=$(workers $process)
       kill -9 $process $own 2>/dev/null && kills=$((kills + 1)) ;;
    2) kill -INT $process 2>/dev/null && kills=$((kills + 1)) ;;
  esac
  code=0
  wait $process 2>/dev/null || code=$?
  [ $((attempt % 3)) != 2 ] || [ "$code" = 130 ] || [ "$code" = 0 ] || fail "exit code 130 after an interrupt (got $code)"
done
[ "$kills" -ge 2 ] || fail "at least 2 kills to have hit (only $kills did)"
"${command[@]}" --out killed >out.txt || { cat out.txt killed/workers.log; fail "the sweep to be finished after $kills kills"; }
for cell in whole/cells/*; do same_run "$cell" "killed/cells/$(basename "$cell")"; done
cmp whole/results.csv killed/results.csv || fail "the same results"
[ -z "$(ls killed/tree)" ] || fail "no branch to be left"
echo "identical after $kills kills"

# One cell of four breaks in its last phase.
cat >breaks.lua <<'LUA'
local crescent = import "crescent"
local params = crescent.params { seed = 1, bad = 0 }
local function build(p)
  local run = crescent.run { name = "breaks", seed = p.seed, model = "tiny-vl", system = "",
    data = { "shapes", count = 24, val_count = 6, sft_count = 16 } }
  run:sft { steps = 1, batch = 4, lr = 1e-3, schedule = "constant", warmup_steps = 0 }
  run:grpo { prompts = 2, group = 2, max_response_tokens = 6 }
  run:reward { "exact_math" }
  run:phase { "a", view = "text", steps = 1 }
  run:phase { "b", view = "text", steps = 1, grpo = { lr = 1e-4 * (1 + p.bad),
    schedule = p.bad == 1 and function() error("broken on purpose") end or nil } }
  run:validate { views = { "text" }, samples = 0, prompts = 2 }
  return run
end
return crescent.sweep { build = build, params = params, seeds = 2, grid = { bad = { 0, 1 } } }
LUA
code=0
"$CRESCENT" sweep breaks.lua --out breaks >out.txt || code=$?
[ $code = 1 ] || { cat out.txt breaks/workers.log; fail "exit code 1 where a cell fails (got $code)"; }
grep -q '2 of 4 cells finished, 2 failed' out.txt || { cat out.txt; fail "two cells to have failed"; }
grep -q 'bad=1,seed=2: failed: .*broken on purpose' out.txt || { cat out.txt; fail "the reason of the failure"; }
[ "$(grep -c 'attempt . of 2 failed: .*broken on purpose' breaks/workers.log)" = 4 ] || { cat breaks/workers.log; fail "two attempts each"; }
[ "$(grep -c '' breaks/results.jsonl)" = 2 ] || fail "results of the two others"

# What is refused, and how it is said.
expect_error 2 "was begun with --threads 1" "$CRESCENT" sweep breaks.lua --out breaks --threads 2
cat >twins.lua <<'LUA'
local crescent = import "crescent"
local params = crescent.params { seed = 1, lr = 1e-4 }
local function build(p)
  local run = crescent.run { name = "twins", seed = params.seed, model = "tiny-vl", data = { "shapes", count = 8, val_count = 2, sft_count = 1 } }
  run:grpo { prompts = 2, group = 2, max_response_tokens = 4, lr = p.lr }
  run:reward { "exact_math" }
  run:phase { "only", view = "text", steps = 1 }
  return run
end
return crescent.sweep { build = build, params = params, seeds = 2, grid = { lr = { 1e-4 } } }
LUA
expect_error 2 'are the same run, because build gives both the seed 1; let it give its own' "$CRESCENT" sweep twins.lua --check
expect_error 2 'the seeds of this sweep are 1, 2; change seeds in the script' "$CRESCENT" sweep twins.lua --set seed=4 --check
expect_error 2 '"bad" varies in this sweep' "$CRESCENT" sweep breaks.lua --set bad=1
expect_error 2 "the script returns a single run; to make it a sweep" "$CRESCENT" sweep "$ROOT/experiments/quickstart"
sed -i 's/on purpose/otherwise/' breaks.lua
expect_error 2 "functions of it act in its runs" "$CRESCENT" sweep breaks.lua --out breaks
mkdir notes && touch notes/mine
expect_error 2 "holds \"mine\" but no sweep.json" "$CRESCENT" sweep breaks.lua --out notes
"$CRESCENT" run breaks.lua --out one --threads 1 >/dev/null
"$CRESCENT" sweep breaks.lua --check | grep -q 'no mistake found; it would be in sweeps/breaks'
