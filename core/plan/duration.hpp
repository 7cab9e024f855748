// How long a run takes, from seconds that a rehearsal measured and the numbers of the plan.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/experiment/run_config.hpp"
#include "core/plan/work.hpp"

namespace crescent {

struct StepSeconds {  // of one step of each kind, measured on this machine
  double cold_start = 0;
  std::map<View, double> rollout, update;  // of a whole batch
  double validation = 0;                   // of one whole validation, all views
};

using NamedSeconds = std::vector<std::pair<std::string, double>>;

// "cold start", each phase (rollouts, updates and probes), "validation"; phases whose length is decided at run time are
// left out.
NamedSeconds durations(const RunConfig& config, const RunWork& work, const StepSeconds& seconds);

}  // namespace crescent
