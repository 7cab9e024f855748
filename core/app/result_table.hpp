// What a run achieved, before training and after each phase, in every view.
#pragma once

#include <string>

#include "core/experiment/run_config.hpp"

namespace crescent {

// From metrics.jsonl: a row for the start, the cold start and each phase, at the last validation of each; greedy
// accuracy and, in brackets, sampled accuracy, in per cent, for each validated view.
std::string result_table(const RunConfig& config, const std::string& run_folder);

}  // namespace crescent
