# Killed with SIGKILL at random instants and resumed, a run on 2 threads ends with every file but clocks and logs
# identical to one that never stopped; once with variance-aware sampling, once with a Lua sampler that keeps state.
. "$(dirname "$0")/lib.sh"
RANDOM=20261121
for sampler in vas lua; do
  command=("$CRESCENT" run "$ROOT/tests/smoke/resume" --set "sampler=$sampler" --threads 2)
  start=$(date +%s%N)
  "${command[@]}" --out "whole-$sampler" >/dev/null
  whole=$((($(date +%s%N) - start) / 1000000)) # ms; a kill comes after the start-up and up to 30 % of this later
  kills=0
  for attempt in $(seq 1 "${KILLS:-12}"); do
    "${command[@]}" --out "killed-$sampler" >/dev/null 2>&1 &
    process=$!
    sleep "$(awk -v r=$RANDOM -v whole=$whole 'BEGIN { printf "%.3f", 0.35 + r / 32768 * 0.3 * whole / 1000 }')"
    if kill -9 "$process" 2>/dev/null; then kills=$((kills + 1)); fi
    if wait "$process" 2>/dev/null; then break; fi
  done
  "${command[@]}" --out "killed-$sampler" >/dev/null
  [ "$kills" -ge 2 ] || fail "at least 2 kills to have hit (only $kills did)"
  same_run "whole-$sampler" "killed-$sampler"
  echo "$sampler: identical after $kills kills"
done
