// A plan as a person and as a program reads it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/app/rehearsal.hpp"
#include "core/base/json.hpp"
#include "core/experiment/run_config.hpp"
#include "core/plan/memory.hpp"
#include "core/plan/remedies.hpp"
#include "core/plan/work.hpp"

namespace crescent {

struct PlanReport {
  const RunConfig& config;
  int64_t parameters = 0;
  int threads = 1;
  MemoryPlan memory;
  int64_t available_bytes = 0;
  bool memory_given = false;  // by --memory; else it is what this machine has available
  RunWork work;
  std::optional<Rehearsal> rehearsal;
  std::string no_rehearsal;          // why there is none
  std::optional<Remedies> remedies;  // where the run does not fit
  bool fits() const { return memory.needed_bytes() <= available_bytes; }
};

std::string bytes_text(int64_t bytes);  // "287 MiB", "60.1 GiB"
std::string plan_text(const PlanReport& report);
Json plan_json(const PlanReport& report);

}  // namespace crescent
