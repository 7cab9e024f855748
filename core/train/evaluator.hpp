// Validation: greedy and sampled accuracy on held-out records, view by view.
#pragma once

#include <string>
#include <vector>

#include "core/experiment/run_config.hpp"
#include "core/flow/metrics.hpp"
#include "core/train/collector.hpp"

namespace crescent {

class Evaluator {  // [main-thread]
 public:
  // The collector's scorer is this evaluator's own. Throws usage Error on an unknown view, or one that no record has.
  Evaluator(const ValidationConfig& config, int64_t max_response_tokens, uint64_t seed, const Dataset& val,
            Collector& collector);

  // val/<view>/accuracy (greedy) and val/<view>/sampled (mean over `samples`), for each view: shares of 1 that pass.
  // Draws are keyed by the seed alone, so every validation of a run meets the same random numbers.
  NamedValues validate(const std::string& phase, int64_t step);

 private:
  double pass_rate(View view, const std::vector<uint64_t>& prompts, bool greedy, const std::string& phase,
                   int64_t step);
  const ValidationConfig& config_;
  int64_t max_response_tokens_;
  uint64_t seed_;
  const Dataset& val_;
  Collector& collector_;
  std::vector<std::pair<View, std::vector<uint64_t>>> prompts_;
};

}  // namespace crescent
