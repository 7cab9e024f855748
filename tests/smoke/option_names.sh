# docs/coming-from.md names no option of ours that is not there: each `name` or `name = value` in the last column of its
# tables is held against `crescent run --help-options`.
. "$(dirname "$0")/lib.sh"
"$CRESCENT" run --help-options >help.txt

# options.txt: a line an option, its dotted name and then its help: "grpo.kl.estimator of the divergence (k1 | ...)".
awk '
  /^crescent\.run/ { section = ""; nest = ""; next }
  /^run:/ { section = substr($1, 5) "."; nest = ""; next }
  /^  [a-z_]+ = .*\{/ { nest = $1 "."; next }
  /^    / { print section nest substr($0, 5); next }
  /^  / { nest = ""; print section substr($0, 3) }' help.txt >options.txt
grep -q '^grpo\.kl\.estimator ' options.txt && grep -q '^data\.val ' options.txt && grep -q '^seed ' options.txt ||
  { cat options.txt; fail "the options of run --help-options to be read"; }

awk -F ' \\| ' '/^\|/ { print $NF }' "$ROOT/docs/coming-from.md" | grep -o '`[^`]*`' | tr -d '`' | sort -u >named.txt
[ "$(wc -l <named.txt)" -gt 40 ] || fail "the options of docs/coming-from.md to be read"
while IFS= read -r named; do
  name=${named%% *} value=${named#* = }
  case $named in
    *.json | *.jsonl | .so | "crescent run") ;;
    --*) "$CRESCENT" run --help | grep -qF -- "$name" || fail "$named in crescent run --help" ;;
    run:*) grep -q "^$name" help.txt || fail "$named in run --help-options" ;;
    *)
      # a field of run:phase is named without it, one of run:reward stands in the lines that show these
      line=$(grep -E "^(phase\.)?$name " options.txt || grep -E "^run:.*[ {]$name =" help.txt) || fail "$named in run --help-options"
      [[ $named != *\"* ]] || grep -qw -- "$(tr -d '"' <<<"$value")" <<<"$line" || fail "$named to be a choice: $line" ;;
  esac
done <named.txt
