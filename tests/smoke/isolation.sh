# A reward in a worker process that crashes: the run goes on, leaves the response out and counts it; too many end it with
# an error. Killed with SIGKILL and resumed, such a run ends with the same files, and no worker outlives its program.
. "$(dirname "$0")/lib.sh"
cat >crashing.cpp <<'CPP'
#include <csignal>
#include "crescent_plugin.hpp"
using namespace crescent::plugin;
const crescent_option kOptions[] = {boolean("always", false, "crash at each response, not at one of step 2 alone")};
class Crashing final : public Reward {
 public:
  static Options options() { return Options(kOptions); }
  explicit Crashing(const Setup& setup) : always_(setup.boolean("always")) {}
  Verdict score(const Sample& s) const override {
    if (always_ || (s.step == 2 && s.group_id == 1 && s.index_in_group == 3)) std::raise(SIGSEGV);
    return double(s.response.size() % 5) / 4;
  }
 private:
  bool always_;
};
CRESCENT_REWARD_PLUGIN(Crashing, "crashing", "1", "a test", "Apache-2.0", "crashes")
CPP
c++ -std=c++17 -shared -fPIC -fno-gnu-unique -I "$ROOT/core/abi" crashing.cpp -o crashing.so
experiment() { # experiment OPTIONS_OF_THE_REWARD STEPS
  cat <<LUA
local crescent = import "crescent"
local run = crescent.run { name = "isolation", seed = 4, model = "tiny-vl", system = "",
                           data = { "shapes", count = 32, val_count = 8, sft_count = 16 } }
run:grpo { prompts = 2, group = 4, max_response_tokens = 12, lr = 1e-4, pass = { reward = "exact_math", at_least = 1 } }
run:reward { "exact_math" }
run:reward { "./crashing.so", weight = 0.5, $1 }
run:phase { "only", view = "text", steps = $2 }
run:validate { samples = 0, prompts = 4, at_start = false }
run:checkpoint { every = 2 }
return run
LUA
}

experiment "" 40 >crash.lua
"$CRESCENT" run crash.lua --out crashed --threads 1 >/dev/null 2>err || { cat err; fail "a run to go on after a crash"; }
grep -q 'reward "crashing": 4 responses of record .*: its process ended by signal 11 (Segmentation fault); each is judged again' err ||
  { cat err; fail "the crash on the terminal"; }
[ "$(grep -c '"failed_samples":1,' crashed/metrics.jsonl)" = 1 ] || fail "one step with one failed sample"
grep '"step":2,' crashed/metrics.jsonl | grep -q '"failed/crashing":1,' || fail "the failed sample in step 2"
for name in reward_us/crashing reward_us/exact_math reward_queue_s reward_wait_s; do
  grep -q "\"$name\":" crashed/timings.jsonl || fail "$name in timings.jsonl"
done
grep -q '^isolate = true' crashed/config.toml || fail "isolate in config.toml"

experiment "always = true" 60 >always.lua
expect_error 1 'reward "crashing" could not judge 12 of the latest 12 samples, more than max_failed_share = 0.01 of 1000 allows; for example record' \
  "$CRESCENT" run always.lua --out always --threads 1
grep -q 'its process ended by signal 11 (Segmentation fault); mend the reward or raise max_failed_share' "$WORK/err" ||
  { cat "$WORK/err"; fail "the reason"; }

experiment "isolate = false, timeout_ms = 5" 2 >unused.lua
expect_error 2 'reward "crashing": option "timeout_ms" acts on nothing, because it runs in the program'"'"'s own process' \
  "$CRESCENT" run unused.lua

code=0
"$CRESCENT" score ./crashing.so --option always=true --rollouts crashed >scores.jsonl 2>err || code=$?
[ "$code" = 1 ] && grep -q 'reward "crashing" could judge none of' err || { cat err; fail "exit code 1 where nothing could be judged"; }
grep -q '"error":"reward .*crashing.*: its process ended by signal 11 (Segmentation fault)"' scores.jsonl ||
  { head -n 3 scores.jsonl; fail "score to survive the crash"; }

# The crash comes again in what is repeated after a kill, so all files must be the same.
for delay in 0.6 0.9 1.2 1.5; do
  "$CRESCENT" run crash.lua --out killed --threads 1 >/dev/null 2>&1 &
  process=$!
  sleep $delay
  kill -9 $process 2>/dev/null || true
  wait $process 2>/dev/null || true
  for _ in $(seq 50); do pgrep -f "crescent-worker $process " >/dev/null || break; sleep 0.1; done
  ! pgrep -f "crescent-worker $process " >/dev/null || fail "no worker to outlive its program"
done
"$CRESCENT" run crash.lua --out killed --threads 1 >/dev/null 2>&1
same_run crashed killed

# The number of workers decides how long a step waits for its scores, and nothing else.
cat >slow.py <<'PY'
import time


def slow(completions, **columns):
    time.sleep(0.25)
    return [len(c) % 7 / 6 for c in completions]
PY
for workers in 1 4; do
  cat >workers.lua <<LUA
local crescent = import "crescent"
local run = crescent.run { name = "workers", seed = 4, model = "tiny-vl", system = "",
                           data = { "shapes", count = 32, val_count = 8, sft_count = 16 } }
run:grpo { prompts = 8, group = 2, max_response_tokens = 8, lr = 1e-4, pass = { reward = "slow", at_least = 1 } }
run:reward { "slow.py:slow", workers = $workers }
run:phase { "only", view = "text", steps = 2 }
run:validate { samples = 0, prompts = 4, at_start = false }
return run
LUA
  "$CRESCENT" run workers.lua --out workers-$workers --threads 1 >out.txt 2>&1 || { cat out.txt; fail "a run with $workers workers"; }
done
cmp workers-1/metrics.jsonl workers-4/metrics.jsonl || fail "the same metrics with one worker and with four"
waited() { sed -n 's/.*"reward_wait_s":\([0-9.]*\).*/\1/p' "$1/timings.jsonl" | sort -g | head -n 1; }
awk -v one="$(waited workers-1)" -v four="$(waited workers-4)" 'BEGIN { print "waited", one, "s with one worker,", four, "with four"; exit !(four < one) }' ||
  fail "four workers to be faster than one"
