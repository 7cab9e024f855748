# `crescent report` in a real browser: it draws, its controls work, hostile text stays text, and it fetches nothing.
. "$(dirname "$0")/lib.sh"
here=$ROOT/tests/smoke
# Validates after each step, so that every view has scores from several steps.
sed 's/every = 200/every = 1/' "$ROOT/experiments/quickstart/experiment.lua" >watched.lua
tiny() { "$CRESCENT" run watched.lua --set scale=tiny --set seed="$1" --out "$2" --threads 2 >"$2.txt"; }

expect_error 2 'there is no such folder' "$CRESCENT" report nowhere
mkdir empty
expect_error 2 'empty: is not a run directory' "$CRESCENT" report empty
tiny 1 a
expect_error 2 'is not a run directory, but holds some; name them: ./a' "$CRESCENT" report .
expect_error 2 'a/../a is named twice' "$CRESCENT" report a a/../a
expect_error 2 'there is no folder nowhere; make it first' "$CRESCENT" report a --out nowhere/a.html
expect_error 2 '--out empty is a folder; name a file, such as empty/report.html' "$CRESCENT" report a --out empty
grep -q 'report: a/report.html' a.txt || { cat a.txt; fail "a run to say where its report is"; }
[ -s a/report.html ] || fail "a finished run to have its report"
tiny 2 b
"$CRESCENT" report a b --out two.html >out.txt
grep -q 'two.html' out.txt || { cat out.txt; fail "the report to say where it is"; }
[ "$(wc -c <two.html)" -lt 5000000 ] || fail "a report below 5 MB"
! grep -qE '(src|href)="(https?:)?//' two.html || fail "a page that names no other site"

# A run whose records hold what would harm a careless page.
"$CRESCENT" data make shapes --out d --count 16 --val-count 8 --sft-count 8 >/dev/null
sed -i 's/sum of the dice/<\/script><img src=x onerror=broken=1><script>broken=1<\/script>/' d/train.jsonl
cat >hostile.lua <<'LUA'
local crescent = import "crescent"
local run = crescent.run { name = "hostile", model = "tiny-vl", system = "", data = { "d" } }
run:grpo { prompts = 8, group = 2, max_response_tokens = 6, pass = { reward = "exact_math", at_least = 1 } }
run:reward { "exact_math" }
run:reward { name = "odd", score = function(sample) return 0.5 end }
run:phase { "<i>only</i>", view = "image", steps = 3 }
run:validate { samples = 0, at_start = false }
return run
LUA
"$CRESCENT" run hostile.lua --out h >h.txt 2>&1 || { cat h.txt; fail "a run on records with markup in them"; }

command -v chromium >/dev/null || { echo "skipped in the browser: chromium is not installed (apt-get install chromium)"; exit 77; }
python3 "$here/report_page.py" a/report.html two.html h/report.html
