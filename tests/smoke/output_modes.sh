# crescent run --quiet, --json and --verbose say on stdout and stderr what they promise, in good runs and bad ones; a
# piped run has no progress bar, and one at a terminal has.
. "$(dirname "$0")/lib.sh"
run=("$CRESCENT" run "$ROOT/experiments/quickstart" --set scale=tiny --threads 2)
"${run[@]}" --out a --quiet >quiet.txt 2>quiet.err
[ "$(head -c 20 quiet.txt)" = "accuracy in per cent" ] || { cat quiet.txt; fail "nothing before the table"; }
[ ! -s quiet.err ] || { cat quiet.err; fail "nothing on stderr"; }
grep -q 'Z info    begins: crescent' a/log.txt && grep -q 'Z info    finished$' a/log.txt || { cat a/log.txt; fail "the session in log.txt"; }

"${run[@]}" --out b --json --verbose >events.jsonl 2>verbose.err
grep -q 'crescent: info: .* -> adaptation' verbose.err || { cat verbose.err; fail "phases on stderr with --verbose"; }
grep '^{"event":"step",' events.jsonl | sed 's/"event":"step",//; s/,"timings":{.*}}$/}/' | cmp - b/metrics.jsonl || fail "steps as in metrics.jsonl"
grep -qxF '{"event":"start","run":"b","after_step":0,"steps":13}' events.jsonl || fail "an event for the start"
tail -n 1 events.jsonl | grep -q '^{"event":"finished","run":"b","report":"b/report.html","result":\[{"row":"before training","step":0,"val/text/accuracy":' ||
  { tail -n 1 events.jsonl; fail "the result at the end"; }
[ "$(grep -vc '^{"event":"\(start\|step\|progress\|finished\)",' events.jsonl)" = 0 ] || fail "nothing else on stdout"
cmp a/metrics.jsonl b/metrics.jsonl || fail "the mode to change nothing"

expect_error 2 'seed' "${run[@]}" --out b --set seed=2 --json
grep -q '^{"event":"failed","error":".*seed.*","exit_code":2}$' "$WORK/out" || { cat "$WORK/out"; fail "an event for the failure"; }
expect_error 2 '--quiet' "${run[@]}" --quiet --json

"${run[@]}" --out c >piped.txt
! grep -q $'\033\|\r\|\[#' piped.txt || fail "no progress bar when piped"
CRESCENT_CACHE=$WORK/other script -qec "'$CRESCENT' data make shapes --out data --count 6000" terminal.txt >/dev/null
grep -q 'making the shapes data  \[#.*/12384' terminal.txt || { head -c 2000 terminal.txt; fail "a progress bar at a terminal"; }
