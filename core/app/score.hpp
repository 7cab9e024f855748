// `crescent score`: what a reward says about saved samples.
#pragma once

#include <optional>
#include <string>

#include "core/script/experiment.hpp"

namespace crescent {

struct ScoreRequest {
  std::string reward;  // see named_reward.hpp
  Overrides options;
  std::string rollouts;  // a file of samples (score/sample_line.hpp) or a run directory; empty: stdin
  std::optional<std::string> against;
  Overrides against_options;
  double at_least = 1;  // what passes, for the agreement
};

// Writes a line a sample to stdout, in order, and statistics to stderr. Throws Error (usage) at file:line for a line
// that is no sample; what came before it is judged and written.
void score_samples(const ScoreRequest& request);

}  // namespace crescent
