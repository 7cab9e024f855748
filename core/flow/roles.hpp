// The three roles that come from outside the host: a shared library (plugin/) or a Lua function (script/). The
// trainers see these classes only.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/flow/rollout.hpp"
#include "core/flow/stateful.hpp"

namespace crescent {

// One response to be judged. Everything is borrowed for the call; text is UTF-8.
struct Sample {
  std::string_view prompt;        // the problem's text as the record has it
  std::string_view response;      // decoded, without the end-of-turn token
  std::string_view gold;          // the record's answer
  std::string_view columns_json;  // the record's remaining columns, one JSON object
  std::string_view record_id;
  uint64_t group_id = 0;  // responses to one draw share it
  uint32_t index_in_group = 0;
  uint32_t token_count = 0;  // with the end-of-turn token
  FinishReason finish = FinishReason::stop;
  std::string_view phase;
  int64_t step = 0;
};

class Reward {
 public:
  virtual ~Reward() = default;
  virtual const std::vector<std::string>& part_names() const = 0;
  // [worker-thread, concurrent] Fills one Score a sample. A pure function of the samples: order and grouping of calls
  // do not change a score. An exception fails every sample of the call.
  virtual void score(std::span<const Sample> samples, std::span<Score> scores) = 0;
};

struct SamplerContext {
  std::string_view phase;  // name of the phase whose prompts are drawn (a replayed one included)
  View view = View::image;
  std::span<const uint64_t> eligible;  // indices of the records that have this view, ascending
  int64_t step = 0;                    // optimizer steps of the run so far
};

struct ProbeRequest {
  uint64_t prompt_index = 0;
  uint32_t rollouts = 0;
};

class PromptSampler : public Stateful {  // [main-thread]
 public:
  // Fills prompt_index (entries of ctx.eligible) and, where the draw is to be corrected, weight (pre-filled with 1).
  virtual void draw(const SamplerContext& ctx, std::span<uint64_t> prompt_index, std::span<double> weight) = 0;
  // Prompts to be rolled out now only to measure them, at most `capacity` rollouts in all. Asked again after their
  // groups were observed, until it is empty.
  virtual std::vector<ProbeRequest> plan_probe(const SamplerContext& ctx, uint64_t capacity) = 0;
  // Every scored group comes back, from training and from probing alike.
  virtual void observe(const SamplerContext& ctx, std::span<const ScoredGroup> groups) = 0;
  // The present score of each eligible prompt, in that order, for vps.jsonl and the report; empty: it has none.
  virtual std::vector<double> weights(const SamplerContext& ctx) = 0;
};

struct MetricPoint {
  int64_t step = 0;
  double value = 0;
};

struct Progress {
  std::string phase;
  View view = View::image;
  int64_t phase_step = 0;   // steps finished in this phase
  int64_t total_step = 0;   // steps finished in the run, the cold start included
  double pass_rate = 0;     // of training rollouts, exponentially averaged over about 10 steps; NaN before the first
  double reward = 0;        // likewise
  double phase_tokens = 0;  // of responses sampled in this phase
  std::vector<std::pair<std::string, std::vector<MetricPoint>>> validation;  // "val/image/accuracy" -> its history
};

struct Decision {
  enum class Kind : uint8_t { stay, advance, jump, stop } kind = Kind::stay;
  std::string phase;   // for jump: the phase's name
  std::string reason;  // for anything but stay: one sentence for the log and the report
};

class PhasePolicy : public Stateful {  // [main-thread]
 public:
  virtual Decision decide(const Progress& progress) = 0;  // asked after each step of its phase
};

}  // namespace crescent
