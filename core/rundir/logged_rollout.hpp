// One sampled response as rollouts/ keeps it, and its line of JSON.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/flow/metrics.hpp"
#include "core/flow/rollout.hpp"
#include "core/rundir/manifest.hpp"

namespace crescent {

struct LoggedRollout {
  int64_t step = 0;
  std::string phase;   // the phase in progress; a replayed batch shows another view than its own
  std::string source;  // "train" | "probe": sampled only to measure the prompt | "replaced": without signal
  std::string prompt;  // the record's id
  View view = View::image;
  int64_t visit = 0;            // how often (prompt, view) had been drawn before
  int64_t sample = 0;           // within the group, from 0
  int64_t response_tokens = 0;  // end token included
  FinishReason finish = FinishReason::stop;
  double reward = std::numeric_limits<double>::quiet_NaN();     // weighted sum; NaN: the sample was left out
  std::optional<bool> passed;                                   // empty: no verdict
  NamedValues parts;                                            // "<reward>" and "<reward>/<part>", judged ones only
  NamedTexts errors;                                            // "<reward>" -> why it failed
  double advantage = std::numeric_limits<double>::quiet_NaN();  // NaN: a probe, or left out
  std::optional<std::string> text;                              // UTF-8; empty: not kept
  std::vector<int32_t> tokens;                                  // [response_tokens], or none when not kept
  std::vector<float> logprobs;  // as tokens: ln of each token's probability when sampled
};

// How much is read of a line: the text, tokens and log-probabilities stand last, and skipping them is many times
// faster.
enum class RolloutDetail : uint8_t { scores, all };

// With its newline. Bytes of `text` that are not UTF-8 become U+FFFD; what is not a finite number is null.
std::string write_rollout_line(const LoggedRollout& rollout);

// Throws Error with the place on anything but a whole line as written above.
LoggedRollout read_rollout_line(std::string_view line, RolloutDetail detail, const Place& place);

}  // namespace crescent
