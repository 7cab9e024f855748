// What a run does in numbers: steps, rollouts and tokens of each phase, validations, and what the sampler probes. Found
// by walking the phases and asking a sampler of the run's own kind, without a model.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "core/experiment/run_config.hpp"
#include "core/flow/roles.hpp"
#include "core/plan/data_sizes.hpp"

namespace crescent {

struct ProbeSize {  // of one call of the generator
  int64_t prompts = 0, rollouts = 0;
};

struct PhaseWork {
  std::string name;
  int64_t steps = 0;                // 0: decided at run time
  bool may_end_early = false;       // its budget may be used up before its steps are made
  std::map<View, int64_t> by_view;  // steps that show each view, replayed batches included; of one step where decided
                                    // at run time: the phase's own view
  int64_t rollouts = 0;             // of training, all steps together; of one step where decided at run time
  int64_t resampled = 0;            // at most, on top of those: where every group is without signal (grpo.resample)
  int64_t response_tokens = 0;      // at most: every response at its limit, those of groups that are replaced with them
  int64_t trained_tokens = 0;       // of those in the batches
  int64_t prompt_tokens = 0;        // expected
  int64_t probe_rollouts = 0;       // measured with the sampler; of kOpenPhaseSteps where decided at run time
};

struct RunWork {
  int64_t cold_start_steps = 0, cold_start_examples = 0;
  std::vector<PhaseWork> phases;
  int64_t validations = 0;          // not counting what a phase of unknown length adds
  int64_t validation_rollouts = 0;  // of one validation
  bool open_end = false;            // a phase decides at run time
  int64_t sampler_asked_steps = 0;  // steps of GRPO for which the sampler was asked: all, unless it took too long
  int64_t grpo_steps = 0;           // kOpenPhaseSteps for a phase of unknown length
  ProbeSize largest_probe;
};

// Steps for which the sampler of a phase of unknown length is asked.
inline constexpr int64_t kOpenPhaseSteps = 100;

// The sampler of each phase, a throw-away; null: one that never probes.
using PhaseSamplers = std::map<std::string, PromptSampler*>;

// `eligible` holds the records of each phase's view, as the trainer gives them to the samplers. Those are asked to draw
// and to probe at every step, until that has taken `patience_s`, and told that every other rollout passed.
RunWork plan_work(const RunConfig& config, const DataSizes& sizes,
                  const std::map<View, std::vector<uint64_t>>& eligible, const PhaseSamplers& samplers,
                  double patience_s);

}  // namespace crescent
