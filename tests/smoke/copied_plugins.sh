# No special case in the host for any bundled plugin: each, copied out of the tree under another file name and loaded
# by its path, gives an identical run.
. "$(dirname "$0")/lib.sh"
mkdir -p copies
for plugin in exact_math format_tags uniform variance_aware fixed_steps plateau; do
  cp "$(dirname "$CRESCENT")/plugins/$plugin.so" "copies/my_$plugin.so"
done
experiment() { # experiment PREFIX SUFFIX SAMPLER: all six plugins, the last phase's length found at run time
  cat <<LUA
local crescent = import "crescent"
local run = crescent.run { name = "copies", seed = 3, model = "tiny-vl", system = "",
                           data = { "shapes", count = 32, val_count = 8, sft_count = 16 } }
run:sft { steps = 2, batch = 4, lr = 3e-3 }
run:grpo { prompts = 2, group = 4, max_response_tokens = 12, lr = 1e-4, pass = { reward = "math", at_least = 1 } }
run:reward { "$1exact_math$2", name = "math", weight = 1 }
run:reward { "$1format_tags$2", name = "format", weight = 1 }
run:sampler { "$1$3$2" }
run:phase { "one", view = "text", leave = { "$1fixed_steps$2", steps = 2 } }
run:phase { "two", view = "image", leave = { "$1plateau$2", metric = "val/image/accuracy", patience = 1 } }
run:validate { every = 1, samples = 0 }
return run
LUA
}
planned() { # planned PREFIX SUFFIX: a schedule over all steps, whose number the curriculum declares
  experiment "$1" "$2" uniform | grep -v '"two"' |
    sed 's/lr = 1e-4,/lr = 1e-4, schedule = "linear",/; s/steps = 2 } }/steps = 4 } }/'
}
same() { # same NAME: runs bundled.lua and copied.lua and compares what they did
  "$CRESCENT" run bundled.lua --out "bundled-$1" >/dev/null
  "$CRESCENT" run copied.lua --out "copied-$1" >/dev/null
  for file in metrics.jsonl rollouts; do
    diff -r "bundled-$1/$file" "copied-$1/$file" || fail "the copied plugins to give the same $file"
  done
}
for sampler in uniform variance_aware; do
  experiment "" "" $sampler >bundled.lua
  experiment "copies/my_" ".so" $sampler >copied.lua
  same $sampler
done
planned "" "" >bundled.lua
planned "copies/my_" ".so" >copied.lua
grep -q 'schedule = "linear"' copied.lua || fail "a schedule in the script"
same planned
