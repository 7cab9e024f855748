// What a sweep's finished runs took, and what they would have taken had none shared work with another.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/findings/sweep_files.hpp"

namespace crescent {

// Seconds of a run's steps with their validation, by step, as its timings.jsonl has them: shared steps too.
using StepSeconds = std::vector<std::pair<int64_t, double>>;

struct SweepCost {
  std::string why_not;                     // "": reckoned; else why the saving is not known
  int64_t runs = 0;                        // finished ones; all below is of them
  int64_t asked_steps = 0, run_steps = 0;  // one by one; with shared work done once
  double asked_seconds = 0, run_seconds = 0;
  std::vector<double> edge_seconds;  // [edges] NaN where no finished run has them
};

// The last step of an edge; nothing where it is decided at run time and no finished run tells it.
std::optional<int64_t> end_of(const SweepFiles& sweep, const EdgeRecord& edge);

// `seconds`: [cells] empty where there are none.
SweepCost cost_of(const SweepFiles& sweep, const std::vector<StepSeconds>& seconds);

}  // namespace crescent
