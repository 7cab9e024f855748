# Every experiment that ships, at scale tiny: under 40 lines, with a README, done within 20 seconds of two cores, and
# doing what it is there to show.
. "$(dirname "$0")/lib.sh"
cp -r "$ROOT/experiments" .
make -s -C experiments/outside_plugin CRESCENT_SOURCE="$ROOT"

for folder in experiments/*/; do
  name=$(basename "$folder")
  [ -s "$folder/README.md" ] || fail "experiments/$name/README.md"
  lines=$(wc -l <"$folder/experiment.lua")
  [ "$lines" -lt 40 ] || fail "experiments/$name/experiment.lua to have under 40 lines (it has $lines)"
  TIMEFORMAT='%U %S'
  { time "$CRESCENT" run "$folder" --set scale=tiny --out "$name" --threads 1 >out.txt 2>&1; } 2>seconds.txt ||
    { cat out.txt; fail "experiments/$name to run"; }
  awk -v name="$name" '{ if ($1 + $2 > 40) { print name " took " $1 + $2 " CPU seconds"; exit 1 } }' seconds.txt ||
    fail "experiments/$name to take under 20 seconds of two cores at scale tiny"
  grep -q '^after the cold start' out.txt || { cat out.txt; fail "a table of results from experiments/$name"; }
done

# shows RUN TEXT FILE: what the experiment is there to show
shows() { grep -qF -- "$2" "$1/$3" || { tail -n 3 "$1/$3"; fail "$2 in $3 of $1"; }; }
shows brevity '"reward/brevity"' metrics.jsonl
shows outside_plugin '"reward/near_miss/off_by"' metrics.jsonl
shows own_curriculum 'read -> see: 4 steps are the most' log.txt
[ -s own_curriculum/experiment/middle.lua ] || fail "the imported sampler beside the script"
cmp -s own_curriculum/metrics.jsonl \
  <("$CRESCENT" run experiments/own_curriculum --set scale=tiny --set sampler=uniform --out uniform --threads 1 >/dev/null; cat uniform/metrics.jsonl) &&
  fail "the sampler in Lua to draw otherwise than uniform"

# Of three prompts, passed half of the time, never and always, the sampler in Lua draws the first ten times as often.
cat >experiments/own_curriculum/drawn.lua <<'LUA'
local sampler = import "middle" { state = {} }
sampler.observe { { view = "text", prompt = 1, pass_rate = 0.5 }, { view = "text", prompt = 2, pass_rate = 0 },
                  { view = "text", prompt = 3, pass_rate = 1 } }
local times = { 0, 0, 0 }
for _, prompt in ipairs(sampler.draw({ view = "text", eligible = { 1, 2, 3 } }, 1200)) do times[prompt] = times[prompt] + 1 end
error(times[1] > 940 and times[2] > 60 and times[3] > 60 and "as it should" or table.concat(times, " "))
LUA
expect_error 2 'as it should' "$CRESCENT" run experiments/own_curriculum/drawn.lua

# The plugin belongs to its folder alone: built and run from a copy elsewhere. Without it the run says what is missing.
mkdir elsewhere
cp experiments/outside_plugin/{experiment.lua,near_miss.cpp,Makefile} elsewhere
expect_error 2 'near_miss.so' "$CRESCENT" run elsewhere --set scale=tiny --out missing
make -s -C elsewhere CRESCENT_SOURCE="$ROOT"
"$CRESCENT" run elsewhere --set scale=tiny --out moved --threads 1 >/dev/null
cmp outside_plugin/metrics.jsonl moved/metrics.jsonl || fail "the same run from a copy of the folder"
sed 's/half_at = params/half_att = params/' elsewhere/experiment.lua >elsewhere/misspelt.lua
expect_error 2 'did you mean "half_at"?' "$CRESCENT" run elsewhere/misspelt.lua --out misspelt

# The sweeps: every cell, each shared step once.
for name in lambda_sweep phase_lengths; do
  "$CRESCENT" sweep "experiments/$name" --set scale=tiny --out "sweep-$name" >out.txt || { cat out.txt "sweep-$name/workers.log"; fail "the sweep $name to run"; }
  [ "$(wc -l <"sweep-$name/results.jsonl")" = "$(ls "sweep-$name/cells" | wc -l)" ] || fail "a result of each cell of $name"
done
grep -q '^steps asked for: 36; trained: 18$' out.txt || { cat out.txt; fail "the steps of phase_lengths"; }
