// How long a run takes, from seconds that a rehearsal measured and the numbers of the plan.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/experiment/run_config.hpp"
#include "core/plan/work.hpp"

namespace crescent {

struct StepSeconds {  // of one step of each kind, measured on this machine
  double cold_start = 0;
  std::map<View, double> rollout, update;  // of a whole batch
  double validation = 0;                   // of one whole validation, all views
};

struct PartSeconds {
  std::string name;
  double seconds = 0;
  bool each_step = false;  // of one step: how many there will be is decided at run time
};

enum class Resampling { none, at_most };  // of groups without signal: as if there were none, or as many as may be

// "cold start", each phase (rollouts, updates and probes), "validation". `seconds` are of batches as run:grpo has them;
// a phase that has them otherwise takes as much longer as its responses have more tokens.
std::vector<PartSeconds> durations(const RunConfig& config, const RunWork& work, const StepSeconds& seconds,
                                   Resampling resampling);
double together(const std::vector<PartSeconds>& parts);  // without those of one step

}  // namespace crescent
