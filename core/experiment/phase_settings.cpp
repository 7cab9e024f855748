#include "core/experiment/phase_settings.hpp"

#include <algorithm>

#include "core/experiment/run_options.hpp"

namespace crescent {

void resolve_phase_settings(RunConfig& config, Problems& problems) {
  for (PhaseConfig& phase : config.phases) {
    phase.grpo = config.grpo;
    phase.own_schedule = false;
    if (phase.grpo_given.fields.empty() && phase.grpo_given.list.empty()) continue;
    for (const char* option : {"schedule", "warmup_steps", "final_share"})
      phase.own_schedule |= phase.grpo_given.find(option) != nullptr;
    const std::string owner = fmt::format("phase \"{}\": grpo", phase.name);
    phase.grpo.place = phase.place;
    phase_grpo_options(owner, phase.grpo).read(phase.grpo_given, phase.place, problems);
  }
}

GrpoConfig batch_settings(const PhaseConfig& current, const PhaseConfig& drawn) {
  GrpoConfig settings = current.grpo;
  settings.prompts = drawn.grpo.prompts;
  settings.group = drawn.grpo.group;
  settings.max_response_tokens = drawn.grpo.max_response_tokens;
  settings.temperature = drawn.grpo.temperature;
  settings.resample = drawn.grpo.resample;
  settings.pass_reward = drawn.grpo.pass_reward;
  settings.pass_at_least = drawn.grpo.pass_at_least;
  return settings;
}

const PhaseConfig& phase_named(const RunConfig& config, std::string_view name) {
  for (const PhaseConfig& phase : config.phases)
    if (phase.name == name) return phase;
  fail("there is no phase \"{}\"", name);
}

const RoleConfig& sampler_of(const RunConfig& config, const PhaseConfig& phase) {
  return phase.sampler ? *phase.sampler : config.sampler;
}

double weight_in(const PhaseConfig& phase, std::string_view reward, double weight) {
  for (const auto& [name, own] : phase.rewards)
    if (name == reward) return own;
  return weight;
}

bool holds_reference(const RunConfig& config) {
  const auto measures = [](const PhaseConfig& phase) { return phase.grpo.kl.coefficient != 0; };
  return std::any_of(config.phases.begin(), config.phases.end(), measures);
}

}  // namespace crescent
