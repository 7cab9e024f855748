# A sweep trains each shared step once, and every cell's directory is, file by file, that of the same cell run alone:
# on named shapes (shared cold start, phase lengths, a change in the middle of phase 2, a transition that is decided at
# run time, functions that capture parameters, schedules over the total) and on random grids.
. "$(dirname "$0")/lib.sh"
experiment=$ROOT/tests/smoke/sweep
field() { python3 -c "import json,sys; d=json.load(open('$1')); print($2)"; }

# alone SWEEP: each cell of it run by itself is the same.
alone() {
  python3 - "$1" >cells.txt <<'PY'
import json, sys
for cell in json.load(open(sys.argv[1] + "/sweep.json"))["cells"]:
    settings = dict(cell["params"], seed=cell["seed"])
    text = lambda v: str(v).lower() if isinstance(v, bool) else str(v)
    print(cell["key"], *("--set %s=%s" % (k, text(v)) for k, v in settings.items()))
PY
  while read -r key settings; do
    # shellcheck disable=SC2086
    "$CRESCENT" run "$experiment" $settings $2 --threads 1 --out "alone/$key" >/dev/null
    same_run "alone/$key" "$1/cells/$key"
    rm -rf "alone/$key"
  done <cells.txt
}

for shape in lambda lengths middle cold open closures schedules; do
  "$CRESCENT" sweep "$experiment" --set "shape=$shape" --out "$shape" --jobs 2 >out.txt || { cat out.txt "$shape/workers.log"; fail "the sweep $shape"; }
  alone "$shape" "--set shape=$shape"
  echo "$shape: $(field "$shape/sweep.json" '"%s of %s steps" % (d["cost"]["tree_steps"], d["cost"]["asked_steps"])')"
  [ -z "$(ls "$shape/tree")" ] || fail "no branch to be left of $shape"
done
[ "$(field lengths/sweep.json 'd["cost"]["tree_steps"]')" = 25 ] || fail "25 steps of lengths"

for pick in $(seq 1 "${GRIDS:-2}"); do
  "$CRESCENT" sweep "$experiment" --set shape=random --set "pick=$pick" --out "random-$pick" >out.txt || { cat out.txt "random-$pick/workers.log"; fail "the random sweep $pick"; }
  alone "random-$pick" "--set shape=random --set pick=$pick"
done

# Another sweep over the same cache goes on from what this one shared, and ends the same.
"$CRESCENT" sweep "$experiment" --set shape=middle --out cached-1 --cache cache >/dev/null
"$CRESCENT" sweep "$experiment" --set shape=middle --out cached-2 --cache cache >/dev/null
"$CRESCENT" sweep "$experiment" --set shape=late --out cached-3 --cache cache >/dev/null
for cell in middle/cells/*; do same_run "$cell" "cached-2/cells/$(basename "$cell")"; done
grep -qh 'were trained in another sweep' cached-2/cells/*/manifest.json || fail "a sweep to go on from another's steps"
grep -qh 'the steps to 7 were trained in another sweep' cached-3/cells/*/manifest.json || fail "steps shared in part"
alone cached-3 "--set shape=late"
