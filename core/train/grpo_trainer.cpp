#include "core/train/grpo_trainer.hpp"

#include <ATen/record_function.h>

#include <algorithm>
#include <chrono>

#include "core/base/error.hpp"
#include "core/data/view.hpp"
#include "core/flow/limits.hpp"
#include "core/train/sft_trainer.hpp"

namespace crescent {

namespace {

constexpr int64_t kProbesOfAPrompt = 16;  // in one step, as crescent_plugin.h has it

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// Means over the batch's responses, and the share of groups that carry no signal.
NamedValues batch_metrics(const Collected& batch, const std::vector<GroupAdvantages>& advantages) {
  double tokens = 0, cut = 0, responses = 0, entropy = 0;
  for (const ScoredGroup& group : batch.groups)
    for (const Rollout& r : group.group.rollouts) {
      tokens += static_cast<double>(r.tokens.size());
      cut += r.finish == FinishReason::length;
      entropy += r.entropy_sum;
      ++responses;
    }
  const auto flat =
      std::count_if(advantages.begin(), advantages.end(), [](const GroupAdvantages& a) { return a.zero_variance; });
  return {{"response_tokens", tokens / responses},
          {"length_limited", cut / responses},
          {"entropy", entropy / tokens},
          {"zero_variance_groups", static_cast<double>(flat) / static_cast<double>(advantages.size())}};
}

void append(NamedValues& to, const NamedValues& from) { to.insert(to.end(), from.begin(), from.end()); }

}  // namespace

GrpoTrainer::GrpoTrainer(const RunConfig& config, VisionLanguageModel model, const Dataset& dataset,
                         Collector& collector, const std::vector<WeightedReward>& rewards, PromptSampler& sampler,
                         PhaseMachine& phases, ScheduleFunction schedule)
    : config_(config),
      dataset_(dataset),
      collector_(collector),
      rewards_(rewards),
      sampler_(sampler),
      phases_(phases),
      schedule_(std::move(schedule)),
      optimizer_(model.parameters(), config.grpo.adamw),
      update_(config.grpo, static_cast<uint64_t>(config.seed), model, reference_, optimizer_) {
  for (const PhaseConfig& phase : config.phases) {
    if (eligible_.contains(phase.view)) continue;
    eligible_[phase.view] = eligible(dataset, phase.view);
    if (eligible_[phase.view].empty())
      fail_usage(phase.place, "phase \"{}\" shows the {} view, but no record of {} has what it needs", phase.name,
                 view_name(phase.view), dataset.path);
  }
  if (config.grpo.kl.coefficient != 0) reference_ = model.clone();
}

SamplerContext GrpoTrainer::context(const BatchSource& source, int64_t step) const {
  return {source.phase, source.view, eligible_.at(source.view), step};
}

SamplingOptions GrpoTrainer::sampling(const std::string& purpose) const {
  SamplingOptions options;
  options.temperature = config_.grpo.temperature;
  options.max_response_tokens = config_.grpo.max_response_tokens;
  options.seed = static_cast<uint64_t>(config_.seed);
  options.purpose = purpose;
  return options;
}

std::vector<PromptDraw> GrpoTrainer::draw(const SamplerContext& context) {
  std::vector<uint64_t> index(static_cast<size_t>(config_.grpo.prompts));
  std::vector<double> weight(index.size(), 1.0);
  sampler_.draw(context, index, weight);
  std::vector<PromptDraw> draws;
  for (size_t i = 0; i < index.size(); ++i)
    draws.push_back({index[i], context.view, visits_.next(index[i], context.view), weight[i]});
  return draws;
}

// Rollouts that the sampler asks for only to measure prompts: a cost of their own, reported as such.
void GrpoTrainer::probe(const SamplerContext& context, int64_t step, GrpoStep& made, const OnProgress& on_progress) {
  int64_t rollouts = 0;
  std::map<uint64_t, int64_t> asked;
  for (;;) {
    const std::vector<ProbeRequest> wanted = sampler_.plan_probe(context, kMostProbeRollouts);
    if (wanted.empty()) break;
    std::vector<PromptDraw> draws;
    std::vector<int64_t> sizes;
    for (const ProbeRequest& request : wanted) {
      if (++asked[request.prompt_index] > kProbesOfAPrompt)
        fail(
            "step {}: sampler \"{}\" asks for probes of record \"{}\" for the {}th time, after {} rollouts of this "
            "step that only measure prompts; {} times a prompt is the limit: its plan_probe must plan nothing once it "
            "has seen what it asked for",
            step, config_.sampler.plugin, dataset_.records.at(request.prompt_index).id, kProbesOfAPrompt + 1, rollouts,
            kProbesOfAPrompt);
      draws.push_back({request.prompt_index, context.view, visits_.next(request.prompt_index, context.view)});
      sizes.push_back(request.rollouts);
    }
    for (const int64_t size : sizes) rollouts += size;
    Task progress(on_progress, fmt::format("step {}: probing", step), static_cast<int64_t>(draws.size()));
    Collected probed =
        collector_.collect({dataset_, draws, sizes, sampling("probe"), std::string(context.phase), step, &progress});
    sampler_.observe(context, probed.groups);
    probed.prompts.clear();
    made.probes.push_back(std::move(probed));
  }
  made.report.metrics.emplace_back("probe_rollouts", static_cast<double>(rollouts));
}

void GrpoTrainer::step(int64_t step, GrpoStep& made, const OnProgress& on_progress) {
  RECORD_USER_SCOPE("GRPO step");
  const auto start = std::chrono::steady_clock::now();
  made.source = phases_.next_batch();
  const SamplerContext context = this->context(made.source, step - 1);
  StepReport& report = made.report;
  report.step = step;
  report.phase = phases_.current().name;
  report.view = view_name(made.source.view);

  probe(context, step, made, on_progress);
  const double probe_s = seconds_since(start);
  const std::vector<PromptDraw> draws = draw(context);
  {
    RECORD_USER_SCOPE("rollouts");
    Task progress(on_progress, fmt::format("step {}: rollouts", step), config_.grpo.prompts);
    made.batch = collector_.collect(
        {dataset_, draws, {config_.grpo.group}, sampling("rollout"), made.source.phase, step, &progress});
  }
  const double rollout_s = seconds_since(start) - probe_s;
  const BatchLogprobs known = update_.measure(made.batch);
  made.advantages = update_.advantages(made.batch, known);

  const int64_t total = planned_steps(config_);
  const int64_t grpo_total = total < 0 ? -1 : total - config_.sft.steps;
  const double rate =
      learning_rate(config_.grpo.adamw, config_.grpo.schedule, schedule_, step - config_.sft.steps, grpo_total);
  const NamedValues learned = update_.update(made.batch, made.advantages, known, rate, step, on_progress);
  const double train_s = seconds_since(start) - probe_s - rollout_s;
  sampler_.observe(context, made.batch.groups);

  append(report.metrics, reward_metrics(rewards_, made.batch.groups));
  append(report.metrics, batch_metrics(made.batch, made.advantages));
  append(report.metrics, learned);
  report.metrics.emplace_back("lr", rate);
  report.metrics.emplace_back("skipped_updates", static_cast<double>(update_.skipped().total));
  const double tokens = static_cast<double>(made.batch.stats.response_tokens);
  report.timings = {{"step_s", seconds_since(start)},
                    {"probe_s", probe_s},
                    {"rollout_s", rollout_s},
                    {"train_s", train_s},
                    {"rollout_tokens_per_s", tokens / rollout_s}};
  if (value_or_nan(learned, "grad_norm") > 0) report.timings.emplace_back("train_tokens_per_s", tokens / train_s);
  append(report.timings, made.batch.score_timings);
}

}  // namespace crescent
