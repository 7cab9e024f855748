#include "core/train/training_run.hpp"

#include <ATen/record_function.h>

#include <algorithm>
#include <chrono>
#include <numeric>

#include "core/base/error.hpp"
#include "core/experiment/phase_settings.hpp"
#include "core/rundir/host.hpp"
#include "core/train/sample_events.hpp"

namespace crescent {

namespace {

std::vector<Phase> make_phases(const RunConfig& config, Roles& roles) {
  std::vector<Phase> phases;
  for (size_t i = 0; i < config.phases.size(); ++i) {
    const PhaseConfig& phase = config.phases[i];
    phases.push_back({phase.name,
                      phase.view,
                      roles.phases.at(i).policy,
                      phase.replay,
                      {static_cast<double>(phase.budget.tokens), 60 * phase.budget.minutes}});
  }
  return phases;
}

bool ends_by_clock(const RunConfig& config) {
  return std::any_of(config.phases.begin(), config.phases.end(),
                     [](const PhaseConfig& p) { return p.budget.minutes > 0; });
}

// Responses sampled in a step, those of probes and of groups that were replaced among them.
double sampled_tokens(const GrpoStep& made) {
  int64_t tokens = made.batch.stats.response_tokens;
  for (const Collected& probe : made.probes) tokens += probe.stats.response_tokens;
  return static_cast<double>(tokens);
}

GeneratorOptions generator_options(const RunConfig& config, const Processor& processor) {
  GeneratorOptions options;
  options.max_prefix_tokens = std::max(options.max_prefix_tokens, config.data.max_prompt_tokens);  // a prompt must fit
  options.banned_tokens = processor.banned_tokens();
  return options;
}

PassRule pass_rule(const RunConfig& config) { return {config.grpo.pass_reward, config.grpo.pass_at_least}; }

// What has a state of its own, by the names that checkpoints know them by.
std::vector<std::pair<std::string, Stateful*>> stateful_roles(const RunConfig& config, const Roles& roles) {
  std::vector<std::pair<std::string, Stateful*>> found;
  if (roles.sampler) found.emplace_back("sampler", roles.sampler.get());
  for (size_t i = 0; i < roles.phases.size(); ++i)
    if (const auto& own = roles.phases[i].sampler) found.emplace_back("sampler of " + config.phases[i].name, own.get());
  if (roles.script != nullptr) found.emplace_back("script", roles.script);
  return found;
}

// Effective sample size of weights as a share of their number: 1 when they are all equal.
double effective_share(const std::vector<double>& weights) {
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  const double squares = std::inner_product(weights.begin(), weights.end(), weights.begin(), 0.0);
  return squares > 0 ? sum * sum / squares / static_cast<double>(weights.size()) : 0;
}

}  // namespace

TrainingRun::TrainingRun(RunInputs inputs)
    : in_(std::move(inputs)),
      config_(in_.config),
      generator_(in_.model, generator_options(config_, in_.processor)),
      scorer_(in_.roles.rewards, pass_rule(config_), config_.grpo.max_failed_share, groups_judged_at_once(config_)),
      validation_scorer_(in_.roles.rewards, pass_rule(config_), config_.grpo.max_failed_share,
                         groups_judged_at_once(config_)),
      collector_(in_.processor, config_.system, config_.data.max_prompt_tokens, generator_, scorer_),
      validation_collector_(in_.processor, config_.system, config_.data.max_prompt_tokens, generator_,
                            validation_scorer_),
      evaluator_(config_.validation, config_.grpo.max_response_tokens, static_cast<uint64_t>(config_.seed),
                 in_.data.val, validation_collector_),
      phases_(make_phases(config_, in_.roles)),
      stateful_(stateful_roles(config_, in_.roles)) {
  for (const auto& [name, role] : stateful_) first_states_.push_back(hash_bytes(role->save_state()));
  for (const PhaseConfig& phase : config_.phases) {
    std::vector<double> weights;
    for (const WeightedReward& r : roles().rewards) weights.push_back(weight_in(phase, r.name, r.weight));
    scorer_.set_phase(phase.name, std::move(weights), {phase.grpo.pass_reward, phase.grpo.pass_at_least});
  }
  if (ends_by_clock(config_)) clock_.emplace(in_.directory.path() + "/clock.jsonl");
  in_.model.set_requires_grad(true);
  if (config_.sft.steps > 0) sft_.emplace(config_, in_.model, in_.processor, in_.data.sft, in_.roles.sft_schedule);
}

TrainingRun::Outcome TrainingRun::run() {
  if (!started_) {
    StepReport start;
    start.phase = config_.sft.steps > 0 ? "cold_start" : phases_.current().name;
    if (config_.validation.at_start) validate_into(start);
    if (!start.metrics.empty()) in_.directory.step(start), in_.terminal.step(start);
    started_ = true;
    if (best_may_be_new()) checkpoint();
    score_.reset();  // it is of these weights, not of those after the first step
  }
  if (!unfinished_ && stops_at(step_, true)) {  // it was ended between its own checkpoint and what it leaves for others
    write_end(state_now(), nullptr);
    return Outcome::branched;
  }
  cold_start();
  if (!branched_ && (unfinished_ || !stop_requested())) phases();
  if (branched_) return Outcome::branched;
  if (checkpointed_ != step_) checkpoint();
  if (stop_requested() && !phases_.finished()) return Outcome::interrupted;
  in_.directory.finish();
  return Outcome::finished;
}

// A step that was made before a restore is ended first, whatever is asked for.
void TrainingRun::cold_start() {
  const auto unfinished = [this] { return unfinished_ && step_ <= config_.sft.steps; };
  while (unfinished() || (step_ < config_.sft.steps && !stop_requested())) {
    MadeStep made;
    if (unfinished_) {
      made = *std::exchange(unfinished_, std::nullopt);
    } else {
      made.report = sft_->step(step_ + 1, in_.on_progress);
      chain_.advance(hash_bytes(effective_sft_step(config_, in_.environment)));
      ++step_;
      if (stops_at(step_, false)) return write_end(state_now(), &made);
    }
    const bool last = step_ == config_.sft.steps;
    if (last) chain_.leave(end_of_cold_start(), "");
    finish_step(made.report, last);
    if (stops_at(step_, true)) return write_end(state_now(), nullptr);
  }
}

bool TrainingRun::stops_at(int64_t step, bool concluded) {
  return in_.until && in_.until->leaving.empty() && in_.until->step == step && in_.until->concluded == concluded;
}

void TrainingRun::begin_grpo() {
  const int64_t skipped = sft_ ? sft_->skipped().total : 0;
  sft_.reset();  // its moments are not needed any more
  grpo_.emplace(config_, in_.model, in_.data.train, collector_, roles(), phases_);
  grpo_->update().skipped().total = skipped;
}

// One GRPO step. The responses of a batch whose update failed or was skipped are kept whatever the options say.
GrpoStep TrainingRun::grpo_step() {
  GrpoStep made;
  const int64_t skipped = grpo_->update().skipped().total;
  try {
    grpo_->step(step_ + 1, made, in_.on_progress);
  } catch (...) {
    if (!made.batch.groups.empty()) write_rollouts(made, true);
    throw;
  }
  write_rollouts(made, grpo_->update().skipped().total > skipped);
  if (EventWriter* events = in_.directory.events()) write_distributions(*events, step_ + 1, made.batch.groups);
  return made;
}

const PhaseConfig& TrainingRun::current_phase() const {
  return config_.phases.at(static_cast<size_t>(&phases_.current() - phases_.phases().data()));
}

// What a phase begins anew, each time it is entered: a part of its first step, whose hash knows of it.
void TrainingRun::enter_phase() {
  const PhaseConfig& phase = current_phase();
  if (phase.reset_reference) grpo_->reference() = in_.model.clone();
  if (phase.reset_moments) grpo_->optimizer().reset_moments();
  for (const auto& [reset, what] : {std::pair(phase.reset_reference, "KL is measured to the model of now"),
                                    std::pair(phase.reset_moments, "AdamW begins anew")})
    if (reset) in_.directory.log().info("step {}: {} begins: {}", step_, phase.name, what);
}

void TrainingRun::phases() {
  if (!grpo_) {
    begin_grpo();
    phases_.start(step_);
  }
  while (!phases_.finished() && (unfinished_ || !stop_requested())) {
    MadeStep made;
    if (unfinished_) {
      made = *std::exchange(unfinished_, std::nullopt);
    } else {
      made = make_grpo_step();
      if (stops_at(step_, false)) return write_end(state_now(), &made);
    }
    const bool may_end = in_.until && in_.until->leaving == current_phase().name;
    const std::optional<TrainerState> before = may_end ? std::optional(state_now()) : std::nullopt;
    const auto event = ask_policy(made);
    if (before && event) {
      leaving_ = event;
      return write_end(*before, &made);
    }
    conclude(made, event);
    if (stops_at(step_, true)) return write_end(state_now(), nullptr);
  }
}

// Everything in a step but what its end brings.
MadeStep TrainingRun::make_grpo_step() {
  const PhaseConfig& phase = current_phase();
  if (phases_.phase_step() == 0) enter_phase();
  const auto start = std::chrono::steady_clock::now();
  GrpoStep made = grpo_step();
  chain_.advance(hash_bytes(effective_grpo_step(config_, phase, in_.environment)));
  ++step_;
  if (validation_due()) validate_into(made.report);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  const bool all_measured = refreshed(made);
  const double tokens = sampled_tokens(made);
  return {std::move(made.report), all_measured, {tokens, clock_ ? clock_->note(step_, seconds.count()) : 0}};
}

bool TrainingRun::validation_due() const {
  return config_.validation.every > 0 && step_ % config_.validation.every == 0;
}

std::optional<PhaseEvent> TrainingRun::ask_policy(const MadeStep& made) {
  const NamedValues& metrics = made.report.metrics;
  return phases_.finish_step(value_or_nan(metrics, "pass_rate"), value_or_nan(metrics, "reward"), made.spent);
}

void TrainingRun::conclude(MadeStep& made, const std::optional<PhaseEvent>& event) {
  if (event) {
    chain_.leave(hash_bytes(effective_phase_end(config_, phase_named(config_, event->from), in_.environment)),
                 event->to);
    in_.directory.log().info("step {}: {} -> {}: {}", event->step, event->from, event->to.empty() ? "end" : event->to,
                             event->reason);
    in_.directory.transition(*event);
    if (!validation_due()) validate_into(made.report);
    if (roles().on_phase) roles().on_phase(*event);
  }
  if (validation_due() || event || made.refreshed) snapshot_scores(made.report);
  finish_step(made.report, false);
}

// Whether every prompt of the batch's pool was measured anew. A few probes a step change few scores.
bool TrainingRun::refreshed(const GrpoStep& made) const {
  size_t measured = 0;
  for (const Collected& probe : made.probes) measured += probe.groups.size();
  return measured > 0 && measured >= grpo_->eligible_prompts(made.source.view).size();
}

void TrainingRun::validate_into(StepReport& report) {
  const auto record = [this](bool on) {
    if (roles().record_plugin_metrics) roles().record_plugin_metrics(on);
  };
  record(false);  // held-out samples are no part of this step's means
  const auto start = std::chrono::steady_clock::now();
  const NamedValues values = evaluator_.validate(report.phase, step_, in_.on_progress);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  report.timings.emplace_back("validate_s", seconds.count());
  record(true);
  if (EventWriter* events = in_.directory.events()) {
    write_samples(*events, step_, in_.data.val, evaluator_.shown(), !pictures_shown_);
    pictures_shown_ = true;
  }
  phases_.add_validation(step_, values);
  report.metrics.insert(report.metrics.end(), values.begin(), values.end());
  const double score = value_or_nan(values, config_.checkpoint.keep_best);
  if (!std::isnan(score)) score_ = score;
}

// The sampler's present scores to vps.jsonl, and how uneven they are to the metrics.
void TrainingRun::snapshot_scores(StepReport& report) {
  const auto left = [&](const Phase& phase) { return phase.name == report.phase; };  // at the end of the run
  const Phase& phase =
      phases_.finished() ? *std::find_if(phases_.phases().begin(), phases_.phases().end(), left) : phases_.current();
  PromptSampler& sampler = grpo_->sampler_of(phase.name);
  const std::vector<double> weights = sampler.weights(grpo_->context({phase.name, phase.view, false}, step_));
  if (weights.empty()) return;
  in_.directory.vps(step_, phase.name, phase.view, weights);
  report.metrics.emplace_back("score_effective_share", effective_share(weights));
}

void TrainingRun::write_rollouts(const GrpoStep& step, bool all_responses) {
  RECORD_USER_SCOPE("writing rollouts");
  const auto record_id = [this](const ScoredGroup& group) {
    return in_.data.train.records[group.group.draw.prompt_index].id;
  };
  std::vector<RolloutEntry> entries;
  for (const Collected& probe : step.probes)
    for (const ScoredGroup& group : probe.groups) entries.push_back({&group, "probe", record_id(group), {}});
  for (const Collected& round : step.replaced)
    for (const ScoredGroup& group : round.groups) entries.push_back({&group, "replaced", record_id(group), {}});
  for (size_t g = 0; g < step.batch.groups.size(); ++g)
    entries.push_back({&step.batch.groups[g], "train", record_id(step.batch.groups[g]),
                       step.advantages.empty() ? std::vector<double>() : step.advantages[g].values});
  in_.directory.rollouts().write(step.report.step, step.report.phase, entries, all_responses);
}

// The end of every step: cold-start validation at its boundary, plugins' and scripts' say, the log, the checkpoint.
void TrainingRun::finish_step(StepReport& report, bool boundary) {
  if (boundary) validate_into(report);
  if (roles().plugin_metrics)
    for (auto& value : roles().plugin_metrics()) report.metrics.push_back(std::move(value));
  if (roles().on_step) roles().on_step(report);
  report.timings.emplace_back("peak_memory_bytes", static_cast<double>(peak_resident_bytes()));
  in_.directory.step(report);
  in_.terminal.step(report);
  if (step_ % config_.checkpoint.every == 0 || best_may_be_new()) checkpoint();
  score_.reset();
}

}  // namespace crescent
