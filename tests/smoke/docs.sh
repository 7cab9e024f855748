# What README.md, docs/ and the experiments' READMEs show is run, block by block in order, each page in a folder of its
# own: sh blocks as commands (an experiment at scale tiny), lua blocks as experiments, cpp blocks compiled. A line before
# a block may say otherwise:
#   <!-- file: my_reward.lua -->    the block is that file; later blocks use it (experiments/...: it is the shipped one)
#   <!-- not run: reason -->        it is not run
# A text block is output, which is not compared; the answers blocks of docs/answers.md are run by tests/answers.
. "$(dirname "$0")/lib.sh"
export PATH="$(dirname "$CRESCENT"):$PATH" CRESCENT_SOURCE=$ROOT

# blocks PAGE: writes the page's blocks to 01.sh, 02.lua, ... here, and to `blocks` a line each: file, language, mark.
blocks() {
  awk '
    /^<!-- (file|not run): .* -->$/ { mark = substr($0, 6, length($0) - 9); next }
    /^```/ && !inside {
      inside = 1; language = substr($0, 4); sub(/ .*/, "", language); name = sprintf("%02d.%s", ++n, language)
      if (language !~ /^(sh|lua|cpp|py|text|answers)$/) { printf "line %d: a block is sh, lua, cpp, py, text or answers, not \"%s\"\n", NR, language; exit 1 }
      print name, language, mark >"blocks"
      mark = ""; next
    }
    /^```$/ { inside = 0; next }
    inside { print >name; next }
    NF && mark != "" { printf "line %d: no block follows %s\n", NR, mark; exit 1 }' "$1"
}

# commands FILE: a sh block as it is run here.
commands() { sed -E '/scale=/!s|(crescent [a-z]+ experiments/[a-z_]+)|\1 --set scale=tiny|' "$1"; }

run_block() { # run_block FILE LANGUAGE MARK
  local file=$1 language=$2 mark=$3
  case $mark in
    "not run: "?*) return ;;
    "file: experiments/"*) cmp "$file" "$ROOT/${mark#file: }" ;;
    "file: "*) cp "$file" "${mark#file: }" ;;
    *)
      case $language in
        sh) commands "$file" | bash -eux ;;
        lua) crescent run "$file" --out "run-$file" --threads 1 ;;
        cpp) c++ -std=c++17 -Wall -Werror -fsyntax-only -I "$ROOT" -I "$ROOT/core/abi" "$file" ;;
      esac ;;
  esac
}

ran=0
for page in "$ROOT"/README.md "$ROOT"/docs/*.md "$ROOT"/experiments/*/README.md; do
  name=${page#"$ROOT"/}
  folder=$WORK/pages/${name//\//-}
  mkdir -p "$folder"
  cd "$folder"
  cp -r "$ROOT/experiments" .
  : >blocks
  blocks "$page" || fail "$name to mark its blocks rightly"
  while read -r file language mark; do
    run_block "$file" "$language" "$mark" >out.txt 2>&1 </dev/null || { cat "$file" out.txt; fail "block $file of $name to work"; }
    ran=$((ran + 1))
  done <blocks
done
echo "$ran blocks"

cd "$WORK"
sh "$ROOT/scripts/dev/options_page.sh" "$CRESCENT" | diff "$ROOT/docs/options.md" - >difference.txt ||
  { cat difference.txt; fail "docs/options.md to be what scripts/dev/options_page.sh build/crescent prints"; }
