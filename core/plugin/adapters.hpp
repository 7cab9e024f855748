// The C interface as the roles of core/flow. Internal to core/plugin; plugin.hpp makes them.
#pragma once

#include <memory>
#include <string>

#include "core/flow/roles.hpp"
#include "core/plugin/instance.hpp"

namespace crescent {

// `plugin_name`: the plugin's own name, which goes before its state.
using RewardInstance = Instance<crescent_reward_factory>;
using SamplerInstance = Instance<crescent_sampler_factory>;
using CurriculumInstance = Instance<crescent_curriculum_factory>;

std::unique_ptr<Reward> adapt_reward(std::unique_ptr<RewardInstance> instance);
std::unique_ptr<PromptSampler> adapt_sampler(std::unique_ptr<SamplerInstance> instance, std::string plugin_name);
// What the curriculum declares: steps of its phase, or -1. An Error when it is neither.
int64_t declared_steps(const CurriculumInstance& instance);
std::unique_ptr<PhasePolicy> adapt_curriculum(std::unique_ptr<CurriculumInstance> instance, std::string plugin_name);

}  // namespace crescent
