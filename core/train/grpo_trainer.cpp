#include "core/train/grpo_trainer.hpp"

#include <ATen/record_function.h>

#include <algorithm>
#include <chrono>

#include "core/base/error.hpp"
#include "core/data/view.hpp"
#include "core/experiment/phase_settings.hpp"
#include "core/flow/limits.hpp"
#include "core/train/sft_trainer.hpp"

namespace crescent {

namespace {

constexpr int64_t kProbesOfAPrompt = 16;  // in one step, as crescent_plugin.h has it

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double response_tokens(const std::vector<ScoredGroup>& groups) {
  double tokens = 0;
  for (const ScoredGroup& group : groups)
    for (const Rollout& r : group.group.rollouts) tokens += static_cast<double>(r.tokens.size());
  return tokens;
}

// The groups that carry no signal, by their place.
std::vector<size_t> without_signal(const Collected& batch, const GrpoConfig& config) {
  std::vector<size_t> flat;
  for (size_t g = 0; g < batch.groups.size(); ++g)
    if (group_advantages(batch.groups[g].reward, config.advantage, config.advantage_eps).zero_variance)
      flat.push_back(g);
  return flat;
}

// All groups that were rolled out for training: those that were replaced, then the batch's.
std::vector<ScoredGroup> sampled_groups(const GrpoStep& made) {
  std::vector<ScoredGroup> all;
  for (const Collected& round : made.replaced) all.insert(all.end(), round.groups.begin(), round.groups.end());
  all.insert(all.end(), made.batch.groups.begin(), made.batch.groups.end());
  return all;
}

// Means over the responses of `groups`, the batch's and those it replaced; the share of them that carry no signal.
NamedValues sample_metrics(const std::vector<ScoredGroup>& groups, const GrpoStep& made) {
  double tokens = 0, cut = 0, responses = 0, entropy = 0;
  for (const ScoredGroup& group : groups)
    for (const Rollout& r : group.group.rollouts) {
      tokens += static_cast<double>(r.tokens.size());
      cut += r.finish == FinishReason::length;
      entropy += r.entropy_sum;
      ++responses;
    }
  const auto left = std::count_if(made.advantages.begin(), made.advantages.end(),
                                  [](const GroupAdvantages& a) { return a.zero_variance; });
  const size_t flat = groups.size() - made.batch.groups.size() + static_cast<size_t>(left);
  return {{"response_tokens", tokens / responses},
          {"length_limited", cut / responses},
          {"entropy", entropy / tokens},
          {"zero_variance_groups", static_cast<double>(flat) / static_cast<double>(groups.size())}};
}

void append(NamedValues& to, const NamedValues& from) { to.insert(to.end(), from.begin(), from.end()); }

}  // namespace

GrpoTrainer::GrpoTrainer(const RunConfig& config, VisionLanguageModel model, const Dataset& dataset,
                         Collector& collector, const Roles& roles, PhaseMachine& phases)
    : config_(config),
      dataset_(dataset),
      collector_(collector),
      roles_(roles),
      phases_(phases),
      now_(config.phases.at(0).grpo),
      optimizer_(model.parameters(), now_.adamw),
      update_(now_, static_cast<uint64_t>(config.seed), model, reference_, optimizer_) {
  for (const PhaseConfig& phase : config.phases) {
    if (eligible_.contains(phase.view)) continue;
    eligible_[phase.view] = eligible(dataset, phase.view);
    if (eligible_[phase.view].empty())
      fail_usage(phase.place, "phase \"{}\" shows the {} view, but no record of {} has what it needs", phase.name,
                 view_name(phase.view), dataset.path);
  }
  if (holds_reference(config)) reference_ = model.clone();
}

SamplerContext GrpoTrainer::context(const BatchSource& source, int64_t step) const {
  return {source.phase, source.view, eligible_.at(source.view), step};
}

const PhaseRoles& GrpoTrainer::roles_of(std::string_view phase) const {
  return roles_.phases.at(static_cast<size_t>(&phase_named(config_, phase) - config_.phases.data()));
}

PromptSampler& GrpoTrainer::sampler_of(std::string_view phase) const {
  const PhaseRoles& own = roles_of(phase);
  return own.sampler ? *own.sampler : *roles_.sampler;
}

const PromptFunction* GrpoTrainer::prompt_of(std::string_view phase) const {
  const PhaseRoles& own = roles_of(phase);
  return own.prompt ? &own.prompt : nullptr;
}

// A phase's own schedule counts the phase's steps, the run's those after the cold start.
double GrpoTrainer::rate_of(const PhaseConfig& phase, int64_t step) const {
  const GrpoConfig& grpo = phase.grpo;
  if (phase.own_schedule)
    return learning_rate(grpo.adamw, grpo.schedule, roles_of(phase.name).schedule, phases_.phase_step() + 1,
                         phase.planned_steps);
  const int64_t total = planned_steps(config_);
  return learning_rate(grpo.adamw, grpo.schedule, roles_.grpo_schedule, step - config_.sft.steps,
                       total < 0 ? -1 : total - config_.sft.steps);
}

SamplingOptions GrpoTrainer::sampling(const std::string& purpose) const {
  SamplingOptions options;
  options.temperature = now_.temperature;
  options.max_response_tokens = now_.max_response_tokens;
  options.seed = static_cast<uint64_t>(config_.seed);
  options.purpose = purpose;
  return options;
}

std::vector<PromptDraw> GrpoTrainer::draw(const SamplerContext& context, size_t n) {
  std::vector<uint64_t> index(n);
  std::vector<double> weight(index.size(), 1.0);
  sampler_of(context.phase).draw(context, index, weight);
  std::vector<PromptDraw> draws;
  for (size_t i = 0; i < index.size(); ++i)
    draws.push_back({index[i], context.view, visits_.next(index[i], context.view), weight[i]});
  return draws;
}

Collected GrpoTrainer::roll_out(const SamplerContext& context, size_t n, int64_t step, const OnProgress& on_progress) {
  RECORD_USER_SCOPE("rollouts");
  const std::vector<PromptDraw> draws = draw(context, n);
  Task progress(on_progress, fmt::format("step {}: rollouts", step), static_cast<int64_t>(n));
  return collector_.collect({dataset_,
                             draws,
                             {now_.group},
                             sampling("rollout"),
                             std::string(context.phase),
                             step,
                             prompt_of(context.phase),
                             &progress});
}

// Groups whose rewards are all equal teach nothing: new prompts take their places, up to grpo.resample times (dynamic
// sampling, DAPO 2503.14476). What then still has no signal stays, so that every batch has grpo.prompts groups. The
// sampler hears of a replaced group before it draws again.
void GrpoTrainer::resample(const SamplerContext& context, int64_t step, GrpoStep& made, const OnProgress& on_progress) {
  if (now_.resample == 0) return;
  Collected& batch = made.batch;
  double groups = 0;
  for (int64_t round = 0; round < now_.resample; ++round) {
    const std::vector<size_t> flat = without_signal(batch, now_);
    if (flat.empty()) break;
    Collected replaced;
    for (const size_t g : flat) replaced.groups.push_back(batch.groups[g]);  // a mistake below leaves the batch whole
    sampler_of(context.phase).observe(context, replaced.groups);
    Collected fresh = roll_out(context, flat.size(), step, on_progress);
    made.replaced.push_back(std::move(replaced));
    for (size_t i = 0; i < flat.size(); ++i) {
      batch.prompts[flat[i]] = std::move(fresh.prompts[i]);
      batch.groups[flat[i]] = std::move(fresh.groups[i]);
    }
    batch.stats += fresh.stats;
    groups += static_cast<double>(flat.size());
  }
  made.report.metrics.emplace_back("replaced_groups", groups);
}

// Rollouts that the sampler asks for only to measure prompts: a cost of their own, reported as such.
void GrpoTrainer::probe(const SamplerContext& context, int64_t step, GrpoStep& made, const OnProgress& on_progress) {
  PromptSampler& sampler = sampler_of(context.phase);
  int64_t rollouts = 0;
  std::map<uint64_t, int64_t> asked;
  for (;;) {
    const std::vector<ProbeRequest> wanted = sampler.plan_probe(context, kMostProbeRollouts);
    if (wanted.empty()) break;
    std::vector<PromptDraw> draws;
    std::vector<int64_t> sizes;
    for (const ProbeRequest& request : wanted) {
      if (++asked[request.prompt_index] > kProbesOfAPrompt)
        fail(
            "step {}: sampler \"{}\" asks for probes of record \"{}\" for the {}th time, after {} rollouts of this "
            "step that only measure prompts; {} times a prompt is the limit: its plan_probe must plan nothing once it "
            "has seen what it asked for",
            step, crescent::sampler_of(config_, phase_named(config_, context.phase)).plugin,
            dataset_.records.at(request.prompt_index).id, kProbesOfAPrompt + 1, rollouts, kProbesOfAPrompt);
      draws.push_back({request.prompt_index, context.view, visits_.next(request.prompt_index, context.view)});
      sizes.push_back(request.rollouts);
    }
    for (const int64_t size : sizes) rollouts += size;
    Task progress(on_progress, fmt::format("step {}: probing", step), static_cast<int64_t>(draws.size()));
    Collected probed = collector_.collect({dataset_, draws, sizes, sampling("probe"), std::string(context.phase), step,
                                           prompt_of(context.phase), &progress});
    sampler.observe(context, probed.groups);
    probed.prompts.clear();
    made.probes.push_back(std::move(probed));
  }
  made.report.metrics.emplace_back("probe_rollouts", static_cast<double>(rollouts));
}

void GrpoTrainer::step(int64_t step, GrpoStep& made, const OnProgress& on_progress) {
  RECORD_USER_SCOPE("GRPO step");
  const auto start = std::chrono::steady_clock::now();
  made.source = phases_.next_batch();
  const PhaseConfig& phase = phase_named(config_, phases_.current().name);
  now_ = batch_settings(phase, phase_named(config_, made.source.phase));
  optimizer_.set_config(now_.adamw);
  const SamplerContext context = this->context(made.source, step - 1);
  StepReport& report = made.report;
  report.step = step;
  report.phase = phase.name;
  report.view = view_name(made.source.view);

  probe(context, step, made, on_progress);
  const double probe_s = seconds_since(start);
  made.batch = roll_out(context, static_cast<size_t>(now_.prompts), step, on_progress);
  resample(context, step, made, on_progress);
  const double rollout_s = seconds_since(start) - probe_s;
  const BatchLogprobs known = update_.measure(made.batch);
  made.advantages = update_.advantages(made.batch, known);

  const double rate = rate_of(phase, step);
  const NamedValues learned = update_.update(made.batch, made.advantages, known, rate, step, on_progress);
  const double train_s = seconds_since(start) - probe_s - rollout_s;
  sampler_of(context.phase).observe(context, made.batch.groups);

  const std::vector<ScoredGroup> all = made.replaced.empty() ? std::vector<ScoredGroup>() : sampled_groups(made);
  const std::vector<ScoredGroup>& sampled = made.replaced.empty() ? made.batch.groups : all;
  append(report.metrics, reward_metrics(roles_.rewards, sampled));
  append(report.metrics, sample_metrics(sampled, made));
  append(report.metrics, learned);
  report.metrics.emplace_back("lr", rate);
  report.metrics.emplace_back("skipped_updates", static_cast<double>(update_.skipped().total));
  const double tokens = static_cast<double>(made.batch.stats.response_tokens);
  report.timings = {{"step_s", seconds_since(start)},
                    {"probe_s", probe_s},
                    {"rollout_s", rollout_s},
                    {"train_s", train_s},
                    {"rollout_tokens_per_s", tokens / rollout_s}};
  if (value_or_nan(learned, "grad_norm") > 0)
    report.timings.emplace_back("train_tokens_per_s", response_tokens(made.batch.groups) / train_s);
  append(report.timings, made.batch.score_timings);
}

}  // namespace crescent
