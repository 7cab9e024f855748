# docs/limits.md says what is not there. What it calls refused is refused, by name; what has come since fails here, so
# that the page is mended with it.
. "$(dirname "$0")/lib.sh"
experiment() { # experiment OPTIONS-OF-THE-RUN: a run of one step
  cat >refused.lua <<LUA
local crescent = import "crescent"
local run = crescent.run { name = "refused", $1 }
run:grpo { prompts = 2, group = 2, max_response_tokens = 4 }
run:reward { "exact_math" }
run:phase { "one", view = "image", steps = 1 }
run:validate { at_start = false, samples = 0, views = { "image" } }
return run
LUA
}
small='data = { "shapes", count = 4, val_count = 2, sft_count = 1 }'
refused() { # refused TEXT OPTIONS
  experiment "$2"
  local got=0
  "$CRESCENT" run refused.lua --out "refused-$RANDOM" >out.txt 2>&1 || got=$?
  [ $got != 0 ] && grep -qF -- "$1" out.txt || { cat out.txt; fail "\"$1\" (exit code $got)"; }
}
mkdir qwen2_vl && echo '{ "model_type": "qwen2_vl" }' >qwen2_vl/config.json
refused 'model_type "qwen2_vl" is not supported' "model = \"qwen2_vl\", $small"
refused 'nothing is downloaded, so name the folder of a checkpoint that you have' "model = \"Qwen/Qwen2.5-VL-3B-Instruct\", $small"

record() { printf '{"id":"%s","problem":"<image>how many?","answer":"1","images":["%s"]}\n' "$1" "$2"; }
mkdir jpeg && printf '\xff\xd8\xff\xe0 and so on' >jpeg/a.jpg
record 1 a.jpg | tee jpeg/train.jsonl >jpeg/val.jsonl
refused 'is a JPEG file, and only PNG is read yet' 'data = "jpeg"'
mkdir parquet && touch parquet/train.parquet
refused 'there is no such data file' 'data = "parquet"'
mkdir chat && echo '{"messages":[{"role":"user","content":"hello"}],"answer":"1"}' | tee chat/train.jsonl >chat/val.jsonl
refused '"problem"' 'data = "chat"'

cat >cold.lua <<'LUA'
local crescent = import "crescent"
local run = crescent.run { name = "cold" }
run:sft { steps = 2 }
return run
LUA
expect_error 2 'a cold start alone is not there yet' "$CRESCENT" run cold.lua
for verb in eval; do
  expect_error 2 "there is no command $verb" "$CRESCENT" $verb
done
expect_error 2 'only the CPU is planned for' "$CRESCENT" plan "$ROOT/experiments/quickstart" --device cuda
