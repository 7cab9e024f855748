// Reads metrics.jsonl back, for the table of a finished run and for reports.
#pragma once

#include <string>
#include <vector>

#include <cstdint>

#include "core/flow/metrics.hpp"

namespace crescent {

// All steps in the order of the file; null becomes NaN. A last line without its newline (a run that is still writing,
// or was killed) is left out. Throws Error with file:line on anything else that is not a step.
std::vector<StepReport> read_metrics(const std::string& run_folder);

// The newest value of each metric whose name begins with `prefix` at or before `step`, in order of first appearance.
NamedValues newest_values(const std::vector<StepReport>& steps, const std::string& prefix, int64_t step = INT64_MAX);

}  // namespace crescent
