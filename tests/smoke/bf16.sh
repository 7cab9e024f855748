# precision = "bf16": a run says that it was used and what it changed, ends with the same files after kills, and another
# precision is another run. Where the CPU has no AMX it is refused by that name (haswell.sh has that on any machine).
. "$(dirname "$0")/lib.sh"
mkdir resume
sed 's/model = "tiny-vl"/model = "tiny-vl", precision = params.precision/; s/sampler = "vas"/&, precision = "bf16"/' \
  "$ROOT/tests/smoke/resume/experiment.lua" >resume/experiment.lua
command=("$CRESCENT" run resume --threads 2)
if "$CRESCENT" doctor | grep -q 'no AMX'; then
  expect_error 2 'experiment.lua:8: run: precision = "bf16": this CPU has no AMX' "${command[@]}" --out never
  [ ! -e never ] || fail "no folder of a run that was refused"
  echo "this CPU has no AMX: that bf16 is refused was tried, and nothing else" >&2
  exit 77
fi

"${command[@]}" --out whole >/dev/null
grep -q '"products": *"bf16 by AMX"' whole/manifest.json || { cat whole/manifest.json; fail "bf16 in the manifest"; }
grep -q '^precision = "bf16"$' whole/config.toml || { cat whole/config.toml; fail "bf16 in config.toml"; }
"${command[@]}" --out plain --set precision=fp32 >/dev/null
if cmp -s whole/metrics.jsonl plain/metrics.jsonl; then fail "bf16 to change the numbers"; fi
loss() { grep -m 1 -o '"sft/loss":[^,}]*' "$1/metrics.jsonl" | cut -d: -f2; }
awk -v a="$(loss whole)" -v b="$(loss plain)" 'BEGIN { d = a / b - 1; exit !(a > 0 && d < 1e-3 && d > -1e-3) }' ||
  fail "the first loss in bf16 ($(loss whole)) to be that of fp32 ($(loss plain)) to 1e-3"

for instant in 3 14 26; do # in the cold start and in two phases
  "${command[@]}" --out killed >/dev/null 2>&1 &
  process=$!
  until [ "$(wc -l 2>/dev/null <killed/metrics.jsonl || echo 0)" -ge "$instant" ]; do
    kill -0 "$process" 2>/dev/null || fail "the run to last until it is killed"
    sleep 0.01
  done
  kill -9 "$process"
  wait "$process" 2>/dev/null || true
done
expect_error 2 'precision' "${command[@]}" --out killed --set precision=fp32
"${command[@]}" --out killed >/dev/null
same_run whole killed

expect_error 2 'option "precision" is "fp16", but must be one of fp32, bf16' "${command[@]}" --out other --set precision=fp16
if "$CRESCENT" doctor | grep -q CUDA; then
  expect_error 2 'precision = "bf16" is there for the CPU alone, not for cuda:0' "${command[@]}" --out other --device cuda
fi
