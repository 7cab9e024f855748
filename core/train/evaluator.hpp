// Validation: greedy and sampled accuracy on held-out records, view by view.
#pragma once

#include <string>
#include <vector>

#include "core/experiment/run_config.hpp"
#include "core/flow/metrics.hpp"
#include "core/train/collector.hpp"

namespace crescent {

// A greedy response of the latest validation, for a person to look at.
struct ShownResponse {
  View view = View::image;
  uint64_t record = 0;  // of the held-out records
  std::string text;
  bool passed = false;
};

class Evaluator {  // [main-thread]
 public:
  // The collector's scorer is this evaluator's own. Throws usage Error on an unknown view, or one that no record has.
  Evaluator(const ValidationConfig& config, int64_t max_response_tokens, uint64_t seed, const Dataset& val,
            Collector& collector);

  // val/<view>/accuracy (greedy) and val/<view>/sampled (mean over `samples`), for each view: the share of 1 that
  // passes, of the samples with a verdict; NaN when none has one. Where not 0, val/<view>/failed counts the samples
  // that a reward could not judge and val/<view>/unscored those that no reward, or not the deciding one, applies to.
  // Draws are keyed by the seed alone, so every validation of a run meets the same random numbers.
  NamedValues validate(const std::string& phase, int64_t step, const OnProgress& on_progress = {});
  // The first prompts of each view, in the order of the views.
  const std::vector<ShownResponse>& shown() const { return shown_; }

 private:
  struct Counts {
    uint64_t passed = 0, judged = 0, failed = 0, unscored = 0;
    double pass_rate() const;
  };
  Counts count(View view, const std::vector<uint64_t>& prompts, bool greedy, const std::string& phase, int64_t step,
               Task& progress);
  const ValidationConfig& config_;
  int64_t max_response_tokens_;
  uint64_t seed_;
  const Dataset& val_;
  Collector& collector_;
  std::vector<std::pair<View, std::vector<uint64_t>>> prompts_;
  std::vector<ShownResponse> shown_;
};

}  // namespace crescent
