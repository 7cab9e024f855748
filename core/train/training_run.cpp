#include "core/train/training_run.hpp"

#include <ATen/record_function.h>

#include <algorithm>
#include <chrono>
#include <numeric>

#include "core/base/error.hpp"
#include "core/rundir/host.hpp"
#include "core/train/sample_events.hpp"

namespace crescent {

namespace {

std::vector<Phase> make_phases(const RunConfig& config, Roles& roles) {
  std::vector<Phase> phases;
  for (size_t i = 0; i < config.phases.size(); ++i)
    phases.push_back({config.phases[i].name, config.phases[i].view, roles.policies.at(i), config.phases[i].replay});
  return phases;
}

GeneratorOptions generator_options(const RunConfig& config, const Processor& processor) {
  GeneratorOptions options;
  options.max_prefix_tokens = std::max(options.max_prefix_tokens, config.data.max_prompt_tokens);  // a prompt must fit
  options.banned_tokens = processor.banned_tokens();
  return options;
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
      scorer_(in_.roles.rewards, {config_.grpo.pass_reward, config_.grpo.pass_at_least}, config_.grpo.max_failed_share),
      validation_scorer_(in_.roles.rewards, {config_.grpo.pass_reward, config_.grpo.pass_at_least},
                         config_.grpo.max_failed_share),
      collector_(in_.processor, config_.system, config_.data.max_prompt_tokens, generator_, scorer_),
      validation_collector_(in_.processor, config_.system, config_.data.max_prompt_tokens, generator_,
                            validation_scorer_),
      evaluator_(config_.validation, config_.grpo.max_response_tokens, static_cast<uint64_t>(config_.seed),
                 in_.data.val, validation_collector_),
      phases_(make_phases(config_, in_.roles)) {
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
  cold_start();
  if (!stop_requested()) phases();
  if (checkpointed_ != step_) checkpoint();
  if (stop_requested() && !phases_.finished()) return Outcome::interrupted;
  in_.directory.finish();
  return Outcome::finished;
}

void TrainingRun::cold_start() {
  while (step_ < config_.sft.steps && !stop_requested()) {
    StepReport report = sft_->step(step_ + 1, in_.on_progress);
    chain_.advance(effective_sft_step(config_, in_.environment));
    ++step_;
    finish_step(report, step_ == config_.sft.steps);
  }
}

void TrainingRun::begin_grpo() {
  const int64_t skipped = sft_ ? sft_->skipped().total : 0;
  sft_.reset();  // its moments are not needed any more
  grpo_.emplace(config_, in_.model, in_.data.train, collector_, roles().rewards, *roles().sampler, phases_,
                roles().grpo_schedule);
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

void TrainingRun::phases() {
  if (!grpo_) {
    begin_grpo();
    phases_.start(step_);
  }
  while (!phases_.finished() && !stop_requested()) {
    const PhaseConfig& phase = config_.phases.at(static_cast<size_t>(&phases_.current() - phases_.phases().data()));
    GrpoStep made = grpo_step();
    chain_.advance(effective_grpo_step(config_, phase, in_.environment));
    ++step_;
    StepReport& report = made.report;

    const bool due = config_.validation.every > 0 && step_ % config_.validation.every == 0;
    if (due) validate_into(report);
    const auto event =
        phases_.finish_step(value_or_nan(report.metrics, "pass_rate"), value_or_nan(report.metrics, "reward"));
    if (event) {
      in_.directory.log().info("step {}: {} -> {}: {}", event->step, event->from, event->to.empty() ? "end" : event->to,
                               event->reason);
      in_.directory.transition(*event);
      if (!due) validate_into(report);
    }
    const bool probed = !made.probes.empty();
    if (due || event || probed) snapshot_scores(report);
    finish_step(report, false);
  }
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
  const std::vector<double> weights = roles().sampler->weights(grpo_->context({phase.name, phase.view, false}, step_));
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

void TrainingRun::checkpoint() {
  RECORD_USER_SCOPE("checkpoint");
  const Task saving(in_.on_progress, fmt::format("saving step {}", step_));
  TrainerState state;
  state.step = step_;
  state.stage = grpo_ ? "grpo" : "sft";
  state.phase = phases_.finished() ? "end" : grpo_ ? phases_.current().name : "cold_start";
  state.chain = chain_.value().hex();
  state.score = score_;
  state.blobs = {{"phases", phases_.save_state()},
                 {"scorer", scorer_.save_state()},
                 {"validation_scorer", validation_scorer_.save_state()}};
  if (roles().sampler) state.blobs.emplace_back("sampler", roles().sampler->save_state());
  if (roles().script != nullptr) state.blobs.emplace_back("script", roles().script->save_state());
  const SkippedUpdates skipped = grpo_ ? grpo_->update().skipped() : sft_ ? sft_->skipped() : SkippedUpdates();
  state.counters = {{"skipped_updates", skipped.total}, {"skipped_in_a_row", skipped.in_a_row}};
  NamedTensors moments;
  const VisionLanguageModel* reference = nullptr;
  if (grpo_) {
    state.blobs.emplace_back("visits", grpo_->visits().save_state());
    moments = grpo_->optimizer().state();
    if (grpo_->reference()) reference = &*grpo_->reference();
  } else if (sft_) {
    state.blobs.emplace_back("sft_sampler", sft_->sampler().save_state());
    moments = sft_->optimizer().state();
  }
  state.offsets = in_.directory.offsets();
  write_checkpoint(in_.directory.checkpoints(), {in_.model, reference, moments, state, in_.copy_processor});
  prune_checkpoints(in_.directory.checkpoints(), config_.checkpoint.keep_last, !config_.checkpoint.keep_best.empty());
  checkpointed_ = step_;
}

void TrainingRun::restore(const std::string& path) {
  const TrainerState state = read_trainer_state(path);
  step_ = checkpointed_ = state.step;
  started_ = true;
  chain_ = HashChain(Digest::from_hex(state.chain));
  phases_.load_state(state.blob("phases"));
  scorer_.load_state(state.blob("scorer"));
  validation_scorer_.load_state(state.blob("validation_scorer"));
  if (roles().sampler) roles().sampler->load_state(state.blob("sampler"));
  if (roles().script != nullptr) roles().script->load_state(state.blob("script"));
  const SkippedUpdates skipped{state.counter("skipped_updates"), state.counter("skipped_in_a_row")};
  if (state.stage == "grpo") {
    begin_grpo();
    grpo_->update().skipped() = skipped;
    grpo_->visits().load_state(state.blob("visits"));
    grpo_->optimizer().load_state(read_moments(path));
    if (const auto reference = reference_folder(path)) {
      grpo_->reference() = VisionLanguageModel::load(*reference);
      grpo_->reference()->to(in_.model.device());
      grpo_->reference()->set_precision(in_.model.precision());
    }
  } else if (sft_) {
    sft_->sampler().load_state(state.blob("sft_sampler"));
    sft_->optimizer().load_state(read_moments(path));
    sft_->skipped() = skipped;
  }
}

}  // namespace crescent
