// `crescent plan`: what a run will take before it starts: memory by owner, rollouts, time.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/app/plan_report.hpp"
#include "core/app/resources.hpp"
#include "core/base/log.hpp"
#include "core/base/task.hpp"
#include "core/experiment/run_config.hpp"
#include "core/model/config.hpp"
#include "core/plan/data_sizes.hpp"
#include "core/script/experiment.hpp"

namespace crescent {

struct PlanRequest {
  std::string experiment;  // as RunRequest has it
  std::vector<std::pair<std::string, std::string>> set;
  int threads = 0;           // 0: as many as the machine has cores
  int64_t memory_bytes = 0;  // to fit into; 0: what this machine has available
  double rehearsal_s = 8;    // about how long steps are rehearsed; 0: not at all, and no time is told
  bool json = false;
};

// `loaded` must outlive the report.
PlanReport make_plan(const PlanRequest& request, const LoadedExperiment& loaded, const PluginSearch& search,
                     const Resources& resources, const OnProgress& on_progress);

// Prints the plan. Returns 0 when the run fits into memory and 1 when it does not; throws Error.
int plan_experiment(const PlanRequest& request);

// At the start of a run on the CPU, with model and data in memory: warns when the largest step is planned at more than
// this machine has available.
void warn_if_too_large(const RunConfig& config, const ModelConfig& model, const DataSizes& sizes, int threads,
                       Log& log);

}  // namespace crescent
