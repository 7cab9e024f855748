// Reads metrics.jsonl and timings.jsonl back, for the table of a finished run and for reports.
#pragma once

#include <string>
#include <vector>

#include "core/flow/metrics.hpp"

namespace crescent {

// All steps in the order of the file; null becomes NaN. A last line without its newline (a run that is still writing,
// or was killed) is left out. Throws Error with file:line on anything else that is not a step.
std::vector<StepReport> read_metrics(const std::string& run_folder);

// timings.jsonl in the same way: `metrics` of each step are its seconds and rates.
std::vector<StepReport> read_timings(const std::string& run_folder);

}  // namespace crescent
