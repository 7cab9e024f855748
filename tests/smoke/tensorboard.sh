# TensorBoard's own reader gets every metric of every step once, equal to metrics.jsonl, from a run that was killed and
# resumed in between; histograms, pictures and responses as well.
. "$(dirname "$0")/lib.sh"
PYTHON=$(python_with TENSORBOARD)
[ -n "$PYTHON" ] || { echo "no Python with tensorboard: python3 -m venv or PyPI is not to be had"; exit 77; }
cat >watched.lua <<'LUA'
local crescent = import "crescent"
local run = crescent.run {
  name = "watched", model = "tiny-vl", system = "", data = { "shapes", count = 64, val_count = 12, sft_count = 32 },
}
run:grpo { prompts = 4, group = 4, max_response_tokens = 16, lr = 3e-4 }
run:reward { "exact_math" }
run:sampler { "variance_aware" }
run:phase { "pictures", view = "image", steps = 48 }
run:validate { every = 6, samples = 0, views = { "image" } }
run:checkpoint { every = 5 }
return run
LUA
"$CRESCENT" run watched.lua --out run --threads 1 >out.txt 2>&1 &
until [ -e run/metrics.jsonl ] && [ "$(wc -l <run/metrics.jsonl)" -gt 8 ]; do sleep 0.02; done
kill -9 $! && wait $! 2>/dev/null || true
[ ! -e run/checkpoints/step_48/DONE ] || fail "the kill to hit"
"$CRESCENT" run watched.lua --out run --threads 1 >out.txt
[ "$(ls run/events | wc -l)" = 2 ] || { ls run/events; fail "a file for each session"; }
cat >read.py <<'PY'
import glob, json, math, os, struct
from tensorboard.backend.event_processing import event_accumulator, plugin_event_accumulator

def as_float(x):
    return math.nan if x is None else struct.unpack("f", struct.pack("f", x))[0]

wanted = {}
for name, prefix in (("metrics", ""), ("timings", "timing/")):
    for line in open(f"run/{name}.jsonl"):
        line = json.loads(line)
        for key, value in line.items():
            if key not in ("step", "phase", "view"):
                wanted.setdefault(prefix + key, []).append((line["step"], as_float(value)))
events = event_accumulator.EventAccumulator("run/events", size_guidance={k: 0 for k in ("scalars", "tensors", "histograms", "images")})
events.Reload()
tags = events.Tags()
assert set(tags["scalars"]) == set(wanted), (tags["scalars"], list(wanted))
for tag, values in wanted.items():
    got = [(e.step, e.value) for e in events.Scalars(tag)]
    assert str(got) == str(values), (tag, got, values)
assert [e.step for e in events.Scalars("reward")] == list(range(1, 49))

weights = [json.loads(line) for line in open("run/vps.jsonl")]
got = events.Histograms("scores")
assert [e.step for e in got] == [w["step"] for w in weights] != []
for event, line in zip(got, weights):
    h, w = event.histogram_value, line["weights"]
    assert (h.num, h.min, h.max) == (len(w), min(w), max(w)) and sum(h.bucket) == len(w) == 64, h
    assert abs(h.sum - sum(w)) < 1e-9 and h.bucket_limit[-1] == h.max, h
steps = list(range(1, 49))
assert sorted(tags["histograms"]) == ["batch/response_tokens", "batch/reward", "scores"], tags
assert [e.step for e in events.Histograms("batch/reward")] == steps
assert all(e.histogram_value.num == 16 for e in events.Histograms("batch/response_tokens"))

records = [json.loads(line) for line in open(glob.glob(f"{os.environ['CRESCENT_CACHE']}/data/*/val.jsonl")[0])]
assert sorted(tags["images"]) == [f"val/image/{r['id']}" for r in records[:4]], tags["images"]
folder = glob.glob(f"{os.environ['CRESCENT_CACHE']}/data/*")[0]
for record in records[:4]:
    shown = events.Images(f"val/image/{record['id']}")
    assert [e.step for e in shown][0] == 0 and len(shown) == 2, shown  # once a session
    picture = open(f"{folder}/{record['images'][0]}", "rb").read()
    assert all((e.encoded_image_string, e.width, e.height) == (picture, 84, 84) for e in shown)
texts = events.Tensors("val/image/responses")
assert [e.step for e in texts] == [0, 6, 12, 18, 24, 30, 36, 42, 48], texts
text = texts[-1].tensor_proto.string_val[0].decode()
assert all(f"**{r['id']}**" in text and r["problem"] in text for r in records[:4]), text
modern = plugin_event_accumulator.EventAccumulator("run/events")  # what the web page's server uses
modern.Reload()
assert set(modern.PluginTagToContent("scalars")) == set(wanted)
assert len(modern.PluginTagToContent("histograms")) == 3 and len(modern.PluginTagToContent("images")) == 4
assert list(modern.PluginTagToContent("text")) == ["val/image/responses"]
print(len(wanted), "scalars,", len(got), "snapshots of scores,", len(texts), "texts")
PY
"$PYTHON" read.py
