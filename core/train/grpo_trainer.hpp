// One GRPO step (DeepSeekMath 2402.03300), as a sentence: the sampler picks prompts, a view renders them, the generator
// rolls them out, rewards score each group as it finishes, advantages, the optimizer updates, and outcomes go back to
// the sampler and the phase machine.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/curriculum/phase_machine.hpp"
#include "core/experiment/run_config.hpp"
#include "core/flow/metrics.hpp"
#include "core/train/collector.hpp"
#include "core/train/parts.hpp"
#include "core/train/policy_update.hpp"
#include "core/train/visits.hpp"

namespace crescent {

// What a step leaves besides its report: for rollouts/ and the report.
struct GrpoStep {
  StepReport report;
  Collected batch;                  // what is trained on
  std::vector<Collected> replaced;  // groups without signal that others took the place of, round by round
  std::vector<GroupAdvantages> advantages;
  std::vector<Collected> probes;
  BatchSource source;
};

class GrpoTrainer {  // [main-thread]
 public:
  // `roles` gives rewards, samplers, schedules and prompts; borrowed. Throws a usage Error where a phase has no record.
  GrpoTrainer(const RunConfig& config, VisionLanguageModel model, const Dataset& dataset, Collector& collector,
              const Roles& roles, PhaseMachine& phases);

  // Fills `made` as the step goes, so that the caller has the scored batch too when the update throws.
  void step(int64_t step, GrpoStep& made, const OnProgress& on_progress = {});

  AdamW& optimizer() { return optimizer_; }
  Reference& reference() { return reference_; }
  PolicyUpdate& update() { return update_; }
  VisitCounter& visits() { return visits_; }
  std::span<const uint64_t> eligible_prompts(View view) const { return eligible_.at(view); }
  PromptSampler& sampler_of(std::string_view phase) const;
  SamplerContext context(const BatchSource& source, int64_t step) const;

 private:
  std::vector<PromptDraw> draw(const SamplerContext& context, size_t n);
  Collected roll_out(const SamplerContext& context, size_t n, int64_t step, const OnProgress& on_progress);
  void resample(const SamplerContext& context, int64_t step, GrpoStep& made, const OnProgress& on_progress);
  void probe(const SamplerContext& context, int64_t step, GrpoStep& made, const OnProgress& on_progress);
  const PhaseRoles& roles_of(std::string_view phase) const;
  const PromptFunction* prompt_of(std::string_view phase) const;  // null: the view itself
  double rate_of(const PhaseConfig& phase, int64_t step) const;
  SamplingOptions sampling(const std::string& purpose) const;

  const RunConfig& config_;
  const Dataset& dataset_;
  Collector& collector_;
  const Roles& roles_;
  PhaseMachine& phases_;
  GrpoConfig now_;  // settings of the batch in progress
  std::map<View, std::vector<uint64_t>> eligible_;
  VisitCounter visits_;
  Reference reference_;
  AdamW optimizer_;
  PolicyUpdate update_;
};

}  // namespace crescent
