#include "core/plan/duration.hpp"

namespace crescent {

std::vector<PartSeconds> durations(const RunConfig& config, const RunWork& work, const StepSeconds& seconds,
                                   Resampling resampling) {
  std::vector<PartSeconds> parts;
  if (work.cold_start_steps > 0)
    parts.push_back({"cold start", static_cast<double>(work.cold_start_steps) * seconds.cold_start});
  const double batch_rollouts = static_cast<double>(config.grpo.prompts * config.grpo.group);
  const double batch_tokens = batch_rollouts * static_cast<double>(config.grpo.max_response_tokens);
  for (size_t i = 0; i < work.phases.size(); ++i) {
    const PhaseWork& phase = work.phases[i];
    const bool open = phase.steps == 0;
    const double tokens = batch_tokens * (open ? 1 : static_cast<double>(phase.steps));
    const double trained = static_cast<double>(phase.trained_tokens) / tokens;
    const double sampled =
        resampling == Resampling::none ? trained : static_cast<double>(phase.response_tokens) / tokens;
    const double probed_batches = static_cast<double>(phase.probe_rollouts) / batch_rollouts;
    double sum =
        probed_batches / (open ? static_cast<double>(kOpenPhaseSteps) : 1) * seconds.rollout.at(config.phases[i].view);
    for (const auto& [view, steps] : phase.by_view)
      sum += static_cast<double>(steps) * (sampled * seconds.rollout.at(view) + trained * seconds.update.at(view));
    parts.push_back({phase.name, sum, open});
  }
  if (work.validations > 0 && !config.validation.views.empty())
    parts.push_back({"validation", static_cast<double>(work.validations) * seconds.validation});
  return parts;
}

double together(const std::vector<PartSeconds>& parts) {
  double sum = 0;
  for (const PartSeconds& part : parts) sum += part.each_step ? 0 : part.seconds;
  return sum;
}

}  // namespace crescent
