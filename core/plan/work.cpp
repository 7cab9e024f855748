#include "core/plan/work.hpp"

#include <algorithm>
#include <chrono>
#include <memory>

#include "core/curriculum/phase_machine.hpp"
#include "core/experiment/phase_settings.hpp"
#include "core/flow/limits.hpp"

namespace crescent {
namespace {

class StepsPolicy : public PhasePolicy {
 public:
  explicit StepsPolicy(int64_t steps) : steps_(steps) {}
  Decision decide(const Progress& progress) override {
    if (progress.phase_step < steps_) return {};
    return {Decision::Kind::advance, "", "its steps are made"};
  }
  std::string save_state() const override { return ""; }
  void load_state(std::string_view) override {}

 private:
  int64_t steps_;
};

int64_t walked_steps(const PhaseConfig& phase) { return phase.most_steps < 0 ? kOpenPhaseSteps : phase.most_steps; }

PhaseMachine walk_of(const RunConfig& config) {
  std::vector<Phase> phases;
  for (const PhaseConfig& phase : config.phases)
    phases.push_back({phase.name, phase.view, std::make_shared<StepsPolicy>(walked_steps(phase)), phase.replay});
  return PhaseMachine(std::move(phases));
}

// A group as a sampler may see it, its outcomes made up: every other response passes.
ScoredGroup made_up_group(uint64_t prompt, View view, int64_t rollouts) {
  ScoredGroup group;
  group.group.draw.prompt_index = prompt;
  group.group.draw.view = view;
  for (int64_t i = 0; i < rollouts; ++i) {
    Rollout rollout;
    rollout.tokens = {static_cast<int32_t>(i)};
    rollout.thoughts = {0, 1};
    group.group.rollouts.push_back(std::move(rollout));
    group.reward.push_back(static_cast<double>(i % 2));
    group.passed.push_back(static_cast<uint8_t>(i % 2));
  }
  return group;
}

// The sampler's side of one step, in the order of the trainer. Returns the rollouts it probed.
int64_t ask(PromptSampler& sampler, const SamplerContext& context, const GrpoConfig& grpo, ProbeSize& largest) {
  int64_t rollouts = 0;
  for (;;) {
    const std::vector<ProbeRequest> wanted = sampler.plan_probe(context, kMostProbeRollouts);
    if (wanted.empty()) break;
    std::vector<ScoredGroup> groups;
    int64_t call = 0;
    for (const ProbeRequest& request : wanted) {
      groups.push_back(made_up_group(request.prompt_index, context.view, request.rollouts));
      call += request.rollouts;
    }
    sampler.observe(context, groups);
    largest.prompts = std::max(largest.prompts, static_cast<int64_t>(wanted.size()));
    largest.rollouts = std::max(largest.rollouts, call);
    rollouts += call;
  }
  std::vector<uint64_t> drawn(static_cast<size_t>(grpo.prompts));
  std::vector<double> weights(drawn.size(), 1.0);
  sampler.draw(context, drawn, weights);
  std::vector<ScoredGroup> groups;
  for (const uint64_t prompt : drawn) groups.push_back(made_up_group(prompt, context.view, grpo.group));
  sampler.observe(context, groups);
  return rollouts;
}

// Validations of the phases: at every multiple of `every` and at each phase's end.
int64_t validations_of(const RunConfig& config, int64_t first_step, int64_t steps) {
  const int64_t every = config.validation.every, last = first_step + steps;
  const int64_t regular = every > 0 ? last / every - first_step / every : 0;
  return regular + (every > 0 && last % every == 0 ? 0 : 1);
}

}  // namespace

RunWork plan_work(const RunConfig& config, const DataSizes& sizes,
                  const std::map<View, std::vector<uint64_t>>& eligible, const PhaseSamplers& samplers,
                  double patience_s) {
  const auto start = std::chrono::steady_clock::now();
  RunWork work;
  work.cold_start_steps = config.sft.steps;
  work.cold_start_examples = config.sft.steps * config.sft.batch;
  work.validations = (config.validation.at_start ? 1 : 0) + (config.sft.steps > 0 ? 1 : 0);
  for (const std::string& view : config.validation.views) {
    const int64_t all = sizes.val.at(parse_view(view)).records;
    const int64_t prompts = config.validation.prompts > 0 ? std::min(all, config.validation.prompts) : all;
    work.validation_rollouts += prompts * (1 + config.validation.samples);
  }

  PhaseMachine walk = walk_of(config);
  int64_t step = config.sft.steps;
  walk.start(step);
  for (const PhaseConfig& phase : config.phases) {
    PhaseWork made;
    made.name = phase.name;
    const bool open = phase.most_steps < 0;
    const int64_t steps = walked_steps(phase);
    double prompt_tokens = 0;
    for (int64_t i = 0; i < steps; ++i, ++step) {
      const BatchSource source = walk.next_batch();
      const GrpoConfig grpo = batch_settings(phase, phase_named(config, source.phase));
      ++work.grpo_steps;
      if (PromptSampler* sampler = samplers.at(source.phase);
          sampler != nullptr &&
          std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() < patience_s) {
        const SamplerContext context{source.phase, source.view, eligible.at(source.view), step};
        made.probe_rollouts += ask(*sampler, context, grpo, work.largest_probe);
        ++work.sampler_asked_steps;
      }
      walk.finish_step(0, 0);
      if (open && i > 0) continue;  // one step is told: the first, which is never a replayed one
      ++made.by_view[source.view];
      const int64_t rollouts = grpo.prompts * grpo.group;
      made.rollouts += rollouts;
      made.resampled += grpo.resample * rollouts;
      made.trained_tokens += rollouts * grpo.max_response_tokens;
      made.response_tokens += (1 + grpo.resample) * rollouts * grpo.max_response_tokens;
      prompt_tokens += static_cast<double>(grpo.prompts) * sizes.train.at(source.view).tokens.mean();
    }
    made.steps = open ? 0 : steps;
    made.may_end_early = !open && phase.planned_steps < 0;
    made.prompt_tokens = static_cast<int64_t>(prompt_tokens);
    work.open_end = work.open_end || open;
    if (!open) work.validations += validations_of(config, step - steps, steps);
    work.phases.push_back(std::move(made));
  }
  return work;
}

}  // namespace crescent
