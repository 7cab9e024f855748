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

}  // namespace crescent
