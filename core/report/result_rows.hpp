// What a run achieved: its held-out accuracy before training and after each phase.
#pragma once

#include <string>
#include <vector>

#include "core/flow/metrics.hpp"

namespace crescent {

struct ResultRow {
  std::string label;  // "before training", "after the cold start", "after <phase>"
  StepReport report;  // the validation it shows
};

// The last step of each stretch of one phase that was validated in `view`; step 0 is a row of its own.
std::vector<ResultRow> result_rows(const std::vector<StepReport>& steps, const std::string& view);

// Share of a phase's groups whose rewards were not all equal: only those have a gradient.
struct SignalRow {
  std::string phase;
  double share = 0;
};
std::vector<SignalRow> signal_rows(const std::vector<StepReport>& steps);  // phases in their order; cold start apart

// What they say of choosing prompts, in a sentence or two; "" where there are none.
std::string signal_text(const std::vector<SignalRow>& rows);

}  // namespace crescent
