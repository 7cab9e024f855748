# The program runs on an older x86-64-v3 machine (no AVX-512), shown under Debian's qemu-user, and computes the same.
. "$(dirname "$0")/lib.sh"
command -v qemu-x86_64 >/dev/null || { echo "qemu-x86_64 is not installed (Debian's qemu-user)"; exit 77; }
cat >small.lua <<'LUA'
local crescent = import "crescent"
local run = crescent.run { name = "small", model = "tiny-vl", system = "",
                           data = { source = "shapes", count = 8, val_count = 4, sft_count = 4 } }
run:sft { steps = 1, batch = 2 }
run:grpo { prompts = 2, group = 2, max_response_tokens = 4 }
run:reward { "exact_math" }
run:phase { "only", view = "image", steps = 1 }
run:validate { samples = 0, at_start = false }
return run
LUA
"$CRESCENT" run small.lua --out here --threads 1 >/dev/null
qemu-x86_64 -cpu Haswell "$CRESCENT" doctor 2>/dev/null | grep -qE 'cpu .*, with avx2 fma$' || fail "doctor to see no more than AVX2"
qemu-x86_64 -cpu Haswell "$CRESCENT" run small.lua --out haswell --threads 1 >/dev/null 2>err || { tail -5 err; fail "the run to end"; }
loss() { sed -nE 's/.*"sft\/loss":([0-9.]+).*/\1/p' "$1/metrics.jsonl"; }
awk -v a="$(loss here)" -v b="$(loss haswell)" 'BEGIN { d = a - b; exit !(a > 0 && d < 1e-4 && d > -1e-4) }' \
  || fail "the cold start's loss to agree to 1e-4: $(loss here) and $(loss haswell)"
sed 's/model = "tiny-vl"/&, precision = "bf16"/' small.lua >rounded.lua
expect_error 2 'rounded.lua:2: run: precision = "bf16": this CPU has no AMX' qemu-x86_64 -cpu Haswell "$CRESCENT" run rounded.lua --out never
[ ! -e never ] || fail "no folder of a run that was refused"
[ "$(wc -l <here/metrics.jsonl)" = "$(wc -l <haswell/metrics.jsonl)" ] || fail "as many steps"
