// What a run of a sweep takes, by the plan of its baseline; cells differ from it by little.
#pragma once

#include "core/app/plan.hpp"

namespace crescent {

class BaselinePlan {
 public:
  BaselinePlan(const PlanRequest& request, const Resources& resources, const OnProgress& on_progress = {});
  const PlanReport& report() const { return *report_; }

 private:
  LoadedExperiment loaded_;
  std::optional<PlanReport> report_;
};

}  // namespace crescent
