// What flows from the sampler through the generator and the rewards to the optimizer: plain structs.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace crescent {

// How a record is shown to the model (Infi-MMR, 2505.23091): its text twin, its image with a caption, its image alone.
enum class View : uint8_t { text, caption, image };
inline constexpr View kViews[] = {View::text, View::caption, View::image};
const char* view_name(View view);
View parse_view(const std::string& name);  // throws Error with the choices

// One prompt picked by a sampler. `visit` counts how often the pair (prompt, view) was drawn before in this run: it
// keys the sampling randomness, so two draws of one prompt in a batch are two visits.
struct PromptDraw {
  uint64_t prompt_index = 0;  // record of the training pool
  View view = View::image;
  uint64_t visit = 0;
  double weight = 1;          // importance weight of the draw
};

enum class FinishReason : uint8_t { stop, length };

struct TokenSpan {  // [begin, end) within the response
  int32_t begin = 0, end = 0;
};

struct Rollout {
  std::vector<int32_t> tokens;   // [T] response; ends with the end-of-turn token when finish is stop
  std::vector<float> logprobs;   // [T] log softmax(logits / temperature) as it was sampled
  double entropy_sum = 0;        // over its tokens: exact entropy of softmax(logits / temperature), in nats
  FinishReason finish = FinishReason::stop;
  std::string text;              // the response decoded, without the end-of-turn token
  TokenSpan thoughts;            // tokens strictly between <think> and </think>; all tokens when there are no tags
};

struct Group {
  PromptDraw draw;
  std::vector<Rollout> rollouts;  // [G]
};

enum class ScoreStatus : uint8_t {
  ok,
  not_applicable,  // the reward has nothing to say: left out of the weighting
  failed           // it could not be judged: the sample is left out and counted
};

struct Score {
  double value = std::numeric_limits<double>::quiet_NaN();
  std::vector<double> parts;  // [n_parts] as the reward declares them
  ScoreStatus status = ScoreStatus::failed;
  std::string error;          // why, when failed
};

struct ScoredGroup {
  Group group;
  std::vector<std::vector<Score>> scores;  // [n_rewards][G]
  std::vector<double> reward;              // [G] weighted sum; NaN: the sample is left out
  std::vector<uint8_t> passed;             // [G] 1: counts as solved (the run's `pass` rule); 0 without a verdict
  std::vector<uint8_t> undecided;          // [G] 1: has a reward, but the deciding one has nothing to say; empty: none

  // Whether the sample has a verdict, passed or not: what a pass rate divides by.
  bool judged(size_t sample) const {
    return reward[sample] == reward[sample] && (undecided.empty() || !undecided[sample]);
  }
  // Whether a reward could not judge it: then it is left out, and counted.
  bool failed(size_t sample) const {
    for (const auto& by_reward : scores)
      if (by_reward[sample].status == ScoreStatus::failed) return true;
    return false;
  }
};

}  // namespace crescent
