# Killed with SIGKILL at random instants and resumed, a run on 2 threads ends with every file but clocks and logs
# identical to one that never stopped; once with variance-aware sampling, once with a Lua sampler that keeps state.
. "$(dirname "$0")/lib.sh"
RANDOM=20261121
steps_of() { if [ -e "$1/metrics.jsonl" ]; then wc -l <"$1/metrics.jsonl"; else echo 0; fi; }
for sampler in vas lua; do
  command=("$CRESCENT" run "$ROOT/tests/smoke/resume" --set "sampler=$sampler" --threads 2)
  "${command[@]}" --out "whole-$sampler" >/dev/null
  steps=$(wc -l <"whole-$sampler/metrics.jsonl")
  kills=0
  for attempt in $(seq 1 "${KILLS:-12}"); do
    "${command[@]}" --out "killed-$sampler" >/dev/null 2>&1 &
    process=$!
    # By its progress, so that kills hit on a busy machine as on an idle one: up to a fifth of the steps further, and
    # then at any instant of a step.
    target=$(($(steps_of "killed-$sampler") + RANDOM % (steps / 5)))
    while [ -d "/proc/$process" ] && [ "$(steps_of "killed-$sampler")" -lt "$target" ]; do sleep 0.02; done
    sleep "$(awk -v r=$RANDOM 'BEGIN { printf "%.3f", r / 32768 * 0.15 }')"
    if kill -9 "$process" 2>/dev/null; then kills=$((kills + 1)); fi
    if wait "$process" 2>/dev/null; then break; fi
  done
  "${command[@]}" --out "killed-$sampler" >/dev/null
  [ "$kills" -ge 2 ] || fail "at least 2 kills to have hit (only $kills did)"
  same_run "whole-$sampler" "killed-$sampler"
  echo "$sampler: identical after $kills kills"
done
