# `crescent report` of a sweep: verdicts, tables and a page that works in a browser, also where runs are missing.
. "$(dirname "$0")/lib.sh"
here=$ROOT/tests/smoke
for kind in whole gaps single hostile; do python3 "$here/make_sweep.py" $kind $kind; done

"$CRESCENT" report whole >out.txt
grep -q 'whole/report.html: .* 45 of 45 runs finished' out.txt || { cat out.txt; fail "the report to say where it is"; }
for file in statistics.json differences.csv; do [ -s whole/$file ] || fail "$file in the sweep's folder"; done
python3 - <<'E2' || fail "differences.csv and statistics.json to agree"
import csv, json
rows = list(csv.DictReader(open("whole/differences.csv")))
metric = json.load(open("whole/statistics.json"))["metrics"][0]
mine = [row for row in rows if row["metric"] == metric["name"]]
assert len(mine) == 9 == len(metric["means"]), len(mine)
for row, mean, comparison in zip(mine, metric["means"], metric["comparisons"]):
    assert float(row["mean"]) == mean["mean"]
    assert (row["difference"] == "") == (comparison is None)
    assert comparison is None or float(row["t_low"]) == comparison["t_interval"][0]
E2
"$CRESCENT" report whole --format markdown >tables.md
grep -q '^- lambda = 0.5 at warm = 20 is better than lambda = 0 by ' tables.md || { cat tables.md; fail "a verdict in the Markdown"; }
"$CRESCENT" report whole --format latex --out tables.tex >out.txt
grep -q '\\begin{tabular}' tables.tex || fail "tables in LaTeX"
"$CRESCENT" report gaps --format markdown >gaps.md
grep -q '41 of 45 runs are finished' gaps.md || { cat gaps.md; fail "missing runs to be told"; }
"$CRESCENT" report single --format markdown >single.md
grep -q 'names no baseline' single.md || { cat single.md; fail "a missing baseline to be told"; }
for kind in gaps single hostile; do "$CRESCENT" report $kind >/dev/null; done
mkdir -p elsewhere
"$CRESCENT" report whole --out elsewhere/page.html >/dev/null
! grep -qE '(src|href)="(https?:)?//' whole/report.html || fail "a page that names no other site"

expect_error 2 'whole is a sweep, which has a page of its own; name it alone' "$CRESCENT" report whole gaps
expect_error 2 '--rollouts is for runs' "$CRESCENT" report whole --rollouts 5
expect_error 2 'pdf not in {html,markdown,latex}' "$CRESCENT" report whole --format pdf
mkdir empty
expect_error 2 "--format is for a sweep's tables, and empty is none" "$CRESCENT" report empty --format latex
expect_error 2 'empty: is not a run directory' "$CRESCENT" report empty
sed -i 's/"lambda": 0.5/"lambda": 7/' gaps/sweep.json
expect_error 1 'lambda is 7, which is none of its values 0, 0.5, 1' "$CRESCENT" report gaps

command -v chromium >/dev/null || { echo "skipped in the browser: chromium is not installed (apt-get install chromium)"; exit 77; }
python3 "$here/sweep_page.py" whole/report.html elsewhere/page.html gaps/report.html single/report.html hostile/report.html
