# SIGINT finishes the step, saves and ends with 130; the same command goes on and ends like a run that was never stopped.
# A second signal ends the process at once, and costs no more than the steps since the last checkpoint.
. "$(dirname "$0")/lib.sh"
command=("$CRESCENT" run "$ROOT/tests/smoke/resume" --threads 1)
"${command[@]}" --out whole >/dev/null

# start OUT: runs in the background until its first GRPO step is made; sets $process.
start() {
  "${command[@]}" --out "$1" >"$1.out" 2>"$1.err" &
  process=$!
  until grep -q '"foundation"' "$1/metrics.jsonl" 2>/dev/null; do
    kill -0 "$process" 2>/dev/null || { cat "$1.err"; fail "the run to last until it is stopped"; }
    sleep 0.01
  done
}
# expect_stop OUT: the process ends with 130, without having finished the run.
expect_stop() {
  local got=0
  wait "$process" || got=$?
  [ "$got" = 130 ] || { cat "$1.err"; fail "exit code 130 after a signal (got $got)"; }
  grep -qF 'crescent: finishing the step and saving; once more to stop at once' "$1.err" || { cat "$1.err"; fail "what the signal does to be said"; }
  cmp -s whole/metrics.jsonl "$1/metrics.jsonl" && fail "the signal to have come before the run's end"
  return 0
}

start once
kill -INT "$process"
expect_stop once
grep -qF 'interrupted and saved; the same command goes on from here: once' once.out || { cat once.out; fail "where the run goes on to be said"; }
"${command[@]}" --out once >resumed.out
grep -q '^resuming after step ' resumed.out || { cat resumed.out; fail "the resumed run to say where it begins"; }
same_run whole once

start twice
kill -STOP "$process" # so that both signals come within one step
kill -INT "$process"
kill -TERM "$process"
kill -CONT "$process"
expect_stop twice
if grep -q 'interrupted and saved' twice.out; then fail "nothing to be saved after the second signal"; fi
"${command[@]}" --out twice >/dev/null
same_run whole twice
