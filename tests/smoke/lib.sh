# Sourced by the smoke scripts: the program, a folder of their own, and what they expect of it.
set -euo pipefail
CRESCENT=${CRESCENT_BUILD:?"run through tests/run"}/crescent
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
CACHE=${CRESCENT_CACHE:-$HOME/.cache/crescent}
export CRESCENT_CACHE=$WORK/cache
cd "$WORK"

fail() { echo "expected: $1" >&2; exit 1; }

# expect_error CODE TEXT COMMAND...: the command ends with that exit code and says that text on stderr.
expect_error() {
  local code=$1 text=$2 got=0
  shift 2
  "$@" >"$WORK/out" 2>"$WORK/err" || got=$?
  [ "$got" = "$code" ] || { cat "$WORK/err"; fail "exit code $code of: $* (got $got)"; }
  grep -qF -- "$text" "$WORK/err" || { cat "$WORK/err"; fail "\"$text\" from: $*"; }
}

# python_with NAME: the Python of a virtual environment that has PYTHON_NAME_PACKAGES of cmake/versions.env, made once
# and kept beside what the build downloaded; empty where it cannot be had.
python_with() {
  local packages folder
  packages=$(. "$ROOT/cmake/versions.env" && eval "echo \$PYTHON_$1_PACKAGES")
  folder=$CACHE/python-$(echo "$packages" | sha256sum | cut -c1-8)
  if [ ! -e "$folder/DONE" ]; then
    rm -rf "$folder"
    { python3 -m venv "$folder" && "$folder/bin/pip" install -q --no-input $packages && touch "$folder/DONE"; } >&2 || return 0
  fi
  echo "$folder/bin/python"
}

# same_run A B: every file of two run directories is the same, but for clocks, logs, profiles and who ran it when.
same_run() {
  diff -r -x log.txt -x timings.jsonl -x manifest.json -x lock -x events -x report.html -x profile.txt -x trace.json "$1" "$2" >"$WORK/diff" || { head -c 4000 "$WORK/diff"; fail "$1 and $2 to be identical"; }
}
