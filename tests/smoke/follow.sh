# The follower sends every step of a run once and in order, though the run is killed and resumed meanwhile; and MLflow
# has afterwards what metrics.jsonl has.
. "$(dirname "$0")/lib.sh"
FOLLOW=$ROOT/scripts/python/follow.py
python3 -c 'import tomllib' 2>/dev/null || { echo "no Python 3.11, which scripts/python/follow.py needs"; exit 77; }
cat >followed.lua <<'LUA'
local crescent = import "crescent"
local run = crescent.run {
  name = "followed", model = "tiny-vl", system = "", data = { "shapes", count = 64, val_count = 12, sft_count = 32 },
}
run:grpo { prompts = 4, group = 4, max_response_tokens = 16 }
run:reward { "exact_math" }
run:phase { "words", view = "text", steps = 48 }
run:validate { samples = 0, views = { "text" } }
run:checkpoint { every = 10 }
return run
LUA
"$CRESCENT" run followed.lua --out run --threads 1 >out.txt 2>&1 &
until [ -e run/metrics.jsonl ] && [ "$(wc -l <run/metrics.jsonl)" -gt 14 ]; do sleep 0.02; done
python3 "$FOLLOW" run --to print --interval 0.01 >sent.jsonl &
follower=$!
until [ "$(wc -l <sent.jsonl)" -gt 14 ]; do sleep 0.02; done
kill -9 %1 && wait %1 2>/dev/null || true
[ ! -e run/checkpoints/step_48/DONE ] || fail "the kill to hit"
"$CRESCENT" run followed.lua --out run --threads 1 >out.txt
wait $follower || fail "the follower to end with the run"
cat >compare.py <<'PY'
import json, sys
wanted = [json.loads(line) for line in open("run/metrics.jsonl")]
sent = [json.loads(line) for line in open("sent.jsonl")]
assert sent[0]["config"]["grpo"]["group"] == 4 and sent[0]["name"] == "run", sent[0]
for line in wanted:
    line.pop("view", None)
assert sent[1:] == [{k: v for k, v in line.items() if v is not None} for line in wanted], sent
assert [line["step"] for line in wanted] == list(range(49))
PY
python3 compare.py
expect_error 2 'is not a run directory: it has no config.toml' python3 "$FOLLOW" . --to print
echo 'raise ModuleNotFoundError("No module named wandb")' >wandb.py
PYTHONPATH=. expect_error 1 'install wandb for this Python' python3 "$FOLLOW" run --to wandb

PYTHON=$(python_with MLFLOW)
[ -n "$PYTHON" ] || { echo "skipped: MLflow is not to be had from PyPI"; exit 0; }
export MLFLOW_TRACKING_URI=file://$WORK/mlruns MLFLOW_ALLOW_FILE_STORE=true
"$PYTHON" "$FOLLOW" run --to mlflow --project tests
cat >read.py <<'PY'
import json, mlflow
client = mlflow.MlflowClient()
run = client.search_runs([client.get_experiment_by_name("tests").experiment_id])[0]
assert (run.info.run_name, run.info.status, run.data.tags["phase"]) == ("run", "FINISHED", "words")
assert run.data.params["grpo.group"] == "4" and run.data.params["reward.1.plugin"] == "exact_math", run.data.params
lines = [json.loads(line) for line in open("run/metrics.jsonl")]
names = {name for line in lines for name in line} - {"step", "phase", "view"}
for name in names:
    got = sorted((m.step, m.value) for m in client.get_metric_history(run.info.run_id, name.replace("/", ".")))
    assert got == [(line["step"], line[name]) for line in lines if line.get(name) is not None], (name, got)
print(len(names), "metrics")
PY
"$PYTHON" read.py
