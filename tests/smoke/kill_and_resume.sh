# Killed with SIGKILL at random instants and resumed, a run on 2 threads ends with every file but clocks and logs
# identical to one that never stopped; once with variance-aware sampling, once with a Lua sampler that keeps state.
. "$(dirname "$0")/lib.sh"
RANDOM=20261121
for sampler in vas lua; do
  command=("$CRESCENT" run "$ROOT/tests/smoke/resume" --set "sampler=$sampler" --threads 2)
  "${command[@]}" --out "whole-$sampler" >/dev/null
  kills=0
  for attempt in $(seq 1 "${KILLS:-12}"); do
    "${command[@]}" --out "killed-$sampler" >/dev/null 2>&1 &
    process=$!
    sleep "$(awk -v r=$RANDOM 'BEGIN { printf "%.3f", 0.3 + r / 32768 * 1.2 }')"
    if kill -9 "$process" 2>/dev/null; then kills=$((kills + 1)); fi
    if wait "$process" 2>/dev/null; then break; fi
  done
  "${command[@]}" --out "killed-$sampler" >/dev/null
  [ "$kills" -ge 3 ] || fail "at least 3 kills to have hit (only $kills did)"
  same_run "whole-$sampler" "killed-$sampler"
  echo "$sampler: identical after $kills kills"
done
