# transformers loads what a run saves, and gives the log-probabilities that the run's own generator recorded.
. "$(dirname "$0")/lib.sh"
PYTHON=${CRESCENT_PYTHON:-python3}
"$PYTHON" -c 'import transformers, torch, PIL' 2>/dev/null ||
  { echo "no Python with transformers 5, torch and pillow (name one by CRESCENT_PYTHON)"; exit 77; }
"$CRESCENT" data make shapes --out data --count 32 --val-count 8 --sft-count 64 >/dev/null
cat >frozen.lua <<'LUA'
local crescent = import "crescent"
local run = crescent.run { name = "frozen", model = "tiny-vl", system = "", data = "data" }
run:sft { steps = 30, batch = 16, lr = 3e-3 }
run:grpo { prompts = 4, group = 4, max_response_tokens = 16, lr = 0 }
run:reward { "exact_math" }
run:phase { "text", view = "text", steps = 1 }
run:phase { "caption", view = "caption", steps = 1 }
run:phase { "image", view = "image", steps = 1 }
run:rollouts { logprob_decimals = 9 }
run:validate { at_start = false, samples = 0 }
return run
LUA
"$CRESCENT" run frozen.lua --out frozen >/dev/null
for step in 31 32 33; do "$CRESCENT" show frozen --step "$step" --json; done >rollouts.jsonl
"$PYTHON" "$ROOT/tests/golden/transformers_checkpoint.py" frozen data rollouts.jsonl
