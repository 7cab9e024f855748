# Every snippet of README.md and docs/ is run: lua blocks as experiments, cpp blocks compiled, `crescent ...` lines of sh
# blocks executed. The README's first lua block is the quickstart itself, word for word.
. "$(dirname "$0")/lib.sh"
export PATH="$(dirname "$CRESCENT"):$PATH" CRESCENT_SOURCE=$ROOT
cp -r "$ROOT/experiments" .

# blocks FILE LANGUAGE PREFIX: writes each block of the language to PREFIX-1, PREFIX-2, ...
blocks() {
  awk -v language="$2" -v prefix="$3" '
    $0 == "```" language { inside = 1; n++; next }
    $0 == "```" { inside = 0 }
    inside { print > (prefix "-" n) }' "$1"
}

blocks "$ROOT/README.md" lua readme-lua
cmp readme-lua-1 "$ROOT/experiments/quickstart/experiment.lua" || fail "the README to show the quickstart as it is"
rm readme-lua-1

for document in "$ROOT/README.md" "$ROOT"/docs/*.md; do
  name=$(basename "$document" .md)
  blocks "$document" cpp "$name-cpp"
  [ -e "$name-cpp-1" ] && mv "$name-cpp-1" short.cpp
  [ "$name" = README ] || blocks "$document" lua "$name-lua"
  blocks "$document" sh "$name-sh"
  for script in "$name"-sh-*; do
    [ -e "$script" ] || continue
    { grep -vE '^(make|git|cd|#)' "$script" || true; } | sed 's|experiments/quickstart|experiments/quickstart --set scale=tiny|' >commands.sh
    [ -s commands.sh ] || continue
    bash -eu commands.sh >out.txt 2>&1 || { cat commands.sh out.txt; fail "the commands of $document to work"; }
  done
done
for script in *-lua-*; do
  mv "$script" "$script.lua"
  crescent run "$script.lua" --out "run-$script" >out.txt 2>&1 || { cat out.txt; fail "$script to run"; }
done
sed 's|run:reward { "brevity".*|run:reward { "./short.so", limit = 16 }|' extending-lua-1.lua >with_plugin.lua
crescent run with_plugin.lua --out with_plugin >out.txt 2>&1 || { cat out.txt; fail "the plugin of docs/extending.md to work"; }
grep -q '"reward/short"' with_plugin/metrics.jsonl || fail "the plugin's reward in the metrics"
