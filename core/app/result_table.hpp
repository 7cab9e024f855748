// What a run achieved, before training and after each phase, in every view.
#pragma once

#include <string>

#include "core/base/json.hpp"
#include "core/experiment/run_config.hpp"

namespace crescent {

// From metrics.jsonl: a row for the start, the cold start and each phase, at the last validation of each; greedy
// accuracy and, in brackets, sampled accuracy, in per cent, for each validated view.
std::string result_table(const RunConfig& config, const std::string& run_folder);

// The same rows: [{"row":"after words","step":4,"val/text/accuracy":0.5,"val/text/sampled":0.41}, ...], shares of 1.
Json result_json(const RunConfig& config, const std::string& run_folder);

}  // namespace crescent
