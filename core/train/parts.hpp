// What a run is put together from. The trainers see these and nothing of plugins or scripts.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/curriculum/phase_machine.hpp"
#include "core/data/record.hpp"
#include "core/data/view.hpp"
#include "core/flow/metrics.hpp"
#include "core/flow/roles.hpp"
#include "core/scoring/scorer.hpp"

namespace crescent {

// A schedule written in Lua: (step from 1, total steps or -1) -> factor of the learning rate.
using ScheduleFunction = std::function<double(int64_t step, int64_t total)>;

// What a phase has of its own.
struct PhaseRoles {
  std::shared_ptr<PhasePolicy> policy;     // null: its budget alone ends it
  std::shared_ptr<PromptSampler> sampler;  // null: the run's
  ScheduleFunction schedule;               // over its own steps; empty: the configured shape
  PromptFunction prompt;                   // what its prompts say; empty: the view itself
};

struct Roles {
  std::vector<WeightedReward> rewards;
  std::shared_ptr<PromptSampler> sampler;
  std::vector<PhaseRoles> phases;                   // in order
  ScheduleFunction sft_schedule, grpo_schedule;     // empty: the configured shape
  Stateful* script = nullptr;                       // run.state; null without one
  std::function<void(const StepReport&)> on_step;   // the script's callbacks, empty without; may throw
  std::function<void(const PhaseEvent&)> on_phase;  // likewise, after a phase was left
  std::function<NamedValues()> plugin_metrics;      // what plugins recorded since the last call; empty: nothing
  // The same as they were recorded, to be handed to another process that ends the step; empty as the one above.
  std::function<std::map<std::string, std::vector<double>>()> take_recorded;
  std::function<void(const std::map<std::string, std::vector<double>>&)> record_again;
  std::function<void(bool on)> record_plugin_metrics;  // off: what plugins record is dropped; empty as the one above
};

struct Datasets {
  Dataset train, val, sft;  // sft is empty without a cold start
};

}  // namespace crescent
