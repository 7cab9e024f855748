#include "core/plan/duration.hpp"

namespace crescent {

NamedSeconds durations(const RunConfig& config, const RunWork& work, const StepSeconds& seconds) {
  NamedSeconds result;
  if (work.cold_start_steps > 0)
    result.emplace_back("cold start", static_cast<double>(work.cold_start_steps) * seconds.cold_start);
  const double batch_rollouts = static_cast<double>(config.grpo.prompts * config.grpo.group);
  for (size_t i = 0; i < work.phases.size(); ++i) {
    const PhaseWork& phase = work.phases[i];
    if (phase.steps == 0) continue;
    double sum = static_cast<double>(phase.probe_rollouts) / batch_rollouts * seconds.rollout.at(config.phases[i].view);
    for (const auto& [view, steps] : phase.by_view)
      sum += static_cast<double>(steps) * (seconds.rollout.at(view) + seconds.update.at(view));
    result.emplace_back(phase.name, sum);
  }
  if (work.validations > 0 && !config.validation.views.empty())
    result.emplace_back("validation", static_cast<double>(work.validations) * seconds.validation);
  return result;
}

}  // namespace crescent
