# What a model writes and how likely it finds responses: lines in the order of the data, the same again, the generator's
# log-probabilities equal to those of a forward pass, and mistakes told with their record.
. "$(dirname "$0")/lib.sh"
"$CRESCENT" run "$ROOT/tests/smoke/resume" --threads 1 --out run --quiet >/dev/null
"$CRESCENT" data make shapes --out data --count 8 --val-count 20 --sft-count 8 >/dev/null

generate=("$CRESCENT" generate run --data data/val.jsonl --threads 1 --max-tokens 12)
"${generate[@]}" --samples 3 --temperature 0.8 --top-p 0.9 --seed 7 >sampled.jsonl
"${generate[@]}" --samples 3 --temperature 0.8 --top-p 0.9 --seed 7 >again.jsonl
cmp sampled.jsonl again.jsonl || fail "the same seed to write the same"
"${generate[@]}" --samples 3 --temperature 0.8 --top-p 0.9 --seed 8 >other.jsonl
cmp -s sampled.jsonl other.jsonl && fail "another seed to write something else"
"${generate[@]}" --greedy >greedy.jsonl

cat >answers.py <<'PYTHON'
import json

val = [json.loads(line) for line in open("data/val.jsonl")]
sampled = [json.loads(line) for line in open("sampled.jsonl")]
greedy = [json.loads(line) for line in open("greedy.jsonl")]
assert [(s["id"], s["sample"]) for s in sampled] == [(v["id"], k) for v in val for k in range(3)]
assert [g["id"] for g in greedy] == [v["id"] for v in val]
for s in sampled + greedy:
    assert list(s) == ["id", "sample", "text", "tokens", "logprobs", "finish"], s
    assert len(s["tokens"]) == len(s["logprobs"]) <= 12 and all(p <= 0 for p in s["logprobs"]), s
    assert s["finish"] in ("stop", "length") and (s["finish"] == "stop" or len(s["tokens"]) == 12), s
with open("data/answered.jsonl", "w") as out:
    for v, g in zip(val, greedy):
        out.write(json.dumps({"id": v["id"], "problem": v["problem"], "images": v["images"], "response": g["text"]}) + "\n")
PYTHON
python3 answers.py
"$CRESCENT" logprobs run --data data/answered.jsonl --threads 1 >logprobs.jsonl
cat >compare.py <<'PYTHON'
import json

compared = 0
for g, l in zip(*(map(json.loads, open(name)) for name in ("greedy.jsonl", "logprobs.jsonl"))):
    assert list(l) == ["id", "prompt_tokens", "tokens", "logprobs"] and l["id"] == g["id"] and l["prompt_tokens"] > 3, l
    same = len(g["tokens"]) - (g["finish"] == "stop")
    if l["tokens"][:same] != g["tokens"][:same]:
        continue  # its text is tokenized otherwise than it was sampled
    for a, b in zip(g["logprobs"], l["logprobs"]):
        assert abs(a - b) < 1e-4, (g, l)
        compared += 1
assert compared > 50, compared
PYTHON
python3 compare.py

expect_error 2 'nothing is downloaded' "$CRESCENT" generate Qwen/Qwen2.5-VL-3B-Instruct --data data/val.jsonl
expect_error 2 'there is no such data file' "$CRESCENT" generate run --data missing.jsonl
expect_error 2 '"response" is missing' "$CRESCENT" logprobs run --data data/val.jsonl
expect_error 2 "over the model's max_position_embeddings = 4096" "$CRESCENT" generate run --data data/val.jsonl --max-tokens 4096
expect_error 2 '--greedy excludes --top-p' "${generate[@]}" --greedy --top-p 0.5
expect_error 2 '--data is required' "$CRESCENT" generate run
