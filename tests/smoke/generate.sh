# What a model writes and how likely it finds responses, and the model as a directory of its own: lines in the order of the data, the same again, the generator's
# log-probabilities equal to those of a forward pass, and mistakes told with their record.
. "$(dirname "$0")/lib.sh"
cat >taught.lua <<'LUA'
local crescent = import "crescent"
local run = crescent.run { name = "taught", model = "tiny-vl", system = "", data = { "shapes", count = 8, val_count = 8, sft_count = 256 } }
run:sft { steps = 80, batch = 16, lr = 3e-3 }
run:grpo { prompts = 2, group = 2, max_response_tokens = 8, lr = 0 }
run:reward { "exact_math" }
run:phase { "only", view = "text", steps = 1 }
run:validate { at_start = false, samples = 0, prompts = 2 }
return run
LUA
"$CRESCENT" run taught.lua --threads 1 --out run --quiet >/dev/null
"$CRESCENT" data make shapes --out data --count 8 --val-count 20 --sft-count 8 >/dev/null

generate=("$CRESCENT" generate run --data data/val.jsonl --threads 1 --max-tokens 32)
"${generate[@]}" --samples 3 --temperature 0.8 --seed 7 >sampled.jsonl
"${generate[@]}" --samples 3 --temperature 0.8 --seed 7 >again.jsonl
cmp sampled.jsonl again.jsonl || fail "the same seed to write the same"
"${generate[@]}" --samples 3 --temperature 0.8 --seed 8 >other.jsonl
if cmp -s sampled.jsonl other.jsonl; then fail "another seed to write something else"; fi
"${generate[@]}" --greedy >greedy.jsonl
"${generate[@]}" --samples 1 --temperature 0.8 --top-p 1e-6 >likeliest.jsonl

cat >answers.py <<'PYTHON'
import json

def lines(name):
    return [json.loads(line) for line in open(name)]

val, sampled, greedy = lines("data/val.jsonl"), lines("sampled.jsonl"), lines("greedy.jsonl")
assert [(s["id"], s["sample"]) for s in sampled] == [(v["id"], k) for v in val for k in range(3)]
assert [g["id"] for g in greedy] == [v["id"] for v in val]
assert [g["tokens"] for g in greedy] == [l["tokens"] for l in lines("likeliest.jsonl")]  # nothing but the likeliest is left
for s in sampled + greedy:
    assert list(s) == ["id", "sample", "text", "tokens", "logprobs", "finish"], s
    assert len(s["tokens"]) == len(s["logprobs"]) <= 32 and all(p <= 0 for p in s["logprobs"]), s
    assert s["finish"] in ("stop", "length") and (s["finish"] == "stop" or len(s["tokens"]) == 32), s
records = {v["id"]: v for v in val}
with open("data/answered.jsonl", "w") as out:
    for s in sampled:
        if s["text"].strip():
            record = records[s["id"]]
            out.write(json.dumps({"id": f"{s['id']} {s['sample']}", "problem": record["problem"], "images": record["images"],
                                  "response": s["text"]}) + "\n")
PYTHON
python3 answers.py
"$CRESCENT" logprobs run --data data/answered.jsonl --temperature 0.8 --threads 1 >logprobs.jsonl
cat >compare.py <<'PYTHON'
import json

sampled = {f"{s['id']} {s['sample']}": s for s in map(json.loads, open("sampled.jsonl"))}
compared = 0
for line in map(json.loads, open("logprobs.jsonl")):
    assert list(line) == ["id", "prompt_tokens", "tokens", "logprobs"] and line["prompt_tokens"] > 3, line
    sample = sampled[line["id"]]
    same = len(sample["tokens"]) - (sample["finish"] == "stop")
    if line["tokens"][:same] != sample["tokens"][:same]:
        continue  # its text is tokenized otherwise than it was sampled
    for a, b in zip(sample["logprobs"][:same], line["logprobs"]):
        assert abs(a - b) < 1e-4, (sample, line)
        compared += 1
assert compared > 300, compared
PYTHON
python3 compare.py

# The same model elsewhere, in full and in half precision.
"$CRESCENT" export run --out exported >/dev/null
"$CRESCENT" export run --out half --dtype bfloat16 | grep -q '^half: [0-9]* parameters in bfloat16, from run/checkpoints/step_81/model$' || fail "what was written"
"$CRESCENT" generate exported --system "" --data data/val.jsonl --threads 1 --max-tokens 32 --greedy | cmp - greedy.jsonl || fail "the exported model to write the same"
[ "$(wc -c <half/model.safetensors)" -lt "$(($(wc -c <exported/model.safetensors) * 6 / 10))" ] || fail "half the size"
"$CRESCENT" generate half --data data/val.jsonl --threads 1 --max-tokens 32 --greedy >/dev/null
expect_error 2 'nothing is overwritten; name another folder' "$CRESCENT" export run --out half
expect_error 2 'nothing is downloaded' "$CRESCENT" generate Qwen/Qwen2.5-VL-3B-Instruct --data data/val.jsonl
expect_error 2 'there is no such data file' "$CRESCENT" generate run --data missing.jsonl
expect_error 2 '"response" is missing' "$CRESCENT" logprobs run --data data/val.jsonl
expect_error 2 "over the model's max_position_embeddings = 4096" "$CRESCENT" generate run --data data/val.jsonl --max-tokens 4096
expect_error 2 '--top-p excludes --greedy' "${generate[@]}" --greedy --top-p 0.5
expect_error 2 '--data is required' "$CRESCENT" generate run
