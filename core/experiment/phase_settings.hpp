// What a phase has otherwise than the run: any option of run:grpo, weights of rewards, the sampler.
#pragma once

#include <string_view>

#include "core/experiment/run_config.hpp"

namespace crescent {

// Fills each phase's `grpo` from the run's and what the phase gives; adds every mistake to `problems`.
void resolve_phase_settings(RunConfig& config, Problems& problems);

// Of one batch. How it is drawn and judged (prompts, group, max_response_tokens, temperature, resample, pass) is its
// own phase's, how it is learned from the phase's in progress. They are the same one unless the batch is replayed.
GrpoConfig batch_settings(const PhaseConfig& current, const PhaseConfig& drawn);

const PhaseConfig& phase_named(const RunConfig& config, std::string_view name);  // throws Error when there is none
const RoleConfig& sampler_of(const RunConfig& config, const PhaseConfig& phase);
double weight_in(const PhaseConfig& phase, std::string_view reward, double weight);  // `weight`: the run's
// Whether a reference model is held: some phase measures KL to it.
bool holds_reference(const RunConfig& config);

}  // namespace crescent
