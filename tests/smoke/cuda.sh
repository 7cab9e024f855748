# The same program linked to the CUDA wheels: it builds, starts, and trains on a GPU as on the CPU. Without a GPU the
# build and the error text are still checked, and what was not run is said.
. "$(dirname "$0")/lib.sh"
if ! command -v nvcc >/dev/null; then
  echo "no nvcc on PATH: the CUDA build is tried where the CUDA toolkit is"
  exit 77
fi
unset CRESCENT_CACHE # the wheels are looked for where `make cuda` puts them
make -C "$ROOT" cuda >make.log 2>&1 || { tail -n 30 make.log; fail "make cuda to build"; }
CUDA=$ROOT/build-cuda/crescent
ldd "$CUDA" >libraries.txt
grep -q 'libtorch_cuda\.so => /' libraries.txt || { cat libraries.txt; fail "the program to load libtorch_cuda.so"; }
! grep 'not found' libraries.txt || fail "every library of the program to be found"
export CRESCENT_CACHE=$WORK/cache
"$CUDA" doctor >doctor.txt || { cat doctor.txt; fail "doctor to find nothing missing"; }

expect_error 2 'is linked without CUDA: build it with `make cuda`' \
  "$CRESCENT" run "$ROOT/experiments/quickstart" --set scale=tiny --out none --device cuda
[ ! -e none ] || fail "no run directory of a run that cannot start"
tiny() { "$1" run "$ROOT/experiments/quickstart" --set scale=tiny --threads 2 --out "$2" --device "$3" >"$2.txt"; }
tiny "$CUDA" cpu cpu
# The CUDA libraries change nothing on the CPU.
tiny "$CRESCENT" plain cpu
cmp plain/metrics.jsonl cpu/metrics.jsonl || fail "the same metrics from both builds on the CPU"

if ! grep -q '^  ok  *gpu' doctor.txt; then
  expect_error 2 'no GPU with a working NVIDIA driver is visible' \
    "$CUDA" run "$ROOT/experiments/quickstart" --set scale=tiny --out none --device cuda
  echo "skipped: training on a GPU: none is visible here; the CUDA build, its libraries and its error text were checked"
  exit 0
fi
expect_error 2 '--profile times the CPU alone, not cuda' \
  "$CUDA" run "$ROOT/experiments/quickstart" --set scale=tiny --out none --device cuda --profile
tiny "$CUDA" gpu cuda
loss() { grep -m 1 -o '"sft/loss":[^,}]*' "$1/metrics.jsonl" | cut -d: -f2; }
awk -v a="$(loss cpu)" -v b="$(loss gpu)" 'BEGIN { d = a - b; exit !(a > 0 && d < 1e-3 && d > -1e-3) }' ||
  fail "the first loss on the GPU ($(loss gpu)) to be the CPU's ($(loss cpu)) to 1e-3"
"$CUDA" run "$ROOT/experiments/quickstart" --set scale=tiny --out gpu --device cuda | grep -q 'is finished' ||
  fail "the finished run on the GPU to say so"
