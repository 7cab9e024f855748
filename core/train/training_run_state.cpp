// What a run keeps of itself: checkpoints, what it leaves for others that go on from it, and how it is begun from
// either.
#include <ATen/record_function.h>

#include <algorithm>
#include <filesystem>

#include "core/base/error.hpp"
#include "core/train/training_run.hpp"

namespace crescent {

TrainerState TrainingRun::state_now() {
  TrainerState state;
  state.step = step_;
  state.stage = grpo_ ? "grpo" : "sft";
  state.phase = phases_.finished() ? "end" : grpo_ ? phases_.current().name : "cold_start";
  state.chain = chain_.value().hex();
  state.score = score_;
  state.blobs = {{"phases", phases_.save_state()},
                 {"scorer", scorer_.save_state()},
                 {"validation_scorer", validation_scorer_.save_state()}};
  for (size_t i = 0; i < stateful_.size(); ++i) {
    const auto& [name, role] = stateful_[i];
    state.blobs.emplace_back(name, role->save_state());
    if (hash_bytes(state.blobs.back().second) == first_states_[i]) state.untouched.push_back(name);
  }
  const SkippedUpdates skipped = grpo_ ? grpo_->update().skipped() : sft_ ? sft_->skipped() : SkippedUpdates();
  state.counters = {{"skipped_updates", skipped.total}, {"skipped_in_a_row", skipped.in_a_row}};
  if (grpo_)
    state.blobs.emplace_back("visits", grpo_->visits().save_state());
  else if (sft_)
    state.blobs.emplace_back("sft_sampler", sft_->sampler().save_state());
  return state;
}

void TrainingRun::write_state(const std::string& folder, TrainerState& state) {
  NamedTensors moments;
  const VisionLanguageModel* reference = nullptr;
  if (grpo_) {
    moments = grpo_->optimizer().state();
    if (grpo_->reference()) reference = &*grpo_->reference();
  } else if (sft_) {
    moments = sft_->optimizer().state();
  }
  state.offsets = in_.directory.offsets();
  write_checkpoint(folder, {in_.model, reference, moments, state, in_.copy_processor});
}

void TrainingRun::checkpoint() {
  RECORD_USER_SCOPE("checkpoint");
  const Task saving(in_.on_progress, fmt::format("saving step {}", step_));
  TrainerState state = state_now();
  write_state(in_.directory.checkpoints(), state);
  prune_checkpoints(in_.directory.checkpoints(), config_.checkpoint.keep_last, !config_.checkpoint.keep_best.empty());
  std::filesystem::remove_all(in_.directory.path() + kStartFolder);  // what it began from is behind
  checkpointed_ = step_;
}

// `made`: the step whose end is left to those who go on from here; null: it is behind.
void TrainingRun::write_end(TrainerState state, MadeStep* made) {
  if (made != nullptr && roles().take_recorded) made->recorded = roles().take_recorded();
  const Task saving(in_.on_progress, fmt::format("saving step {} for other runs", step_));
  if (made != nullptr) state.blobs.emplace_back("unfinished_step", write_made_step(*made));
  write_state(in_.directory.path() + kEndFolder, state);
  branched_ = true;
}

// The stretches so far, as the phases' events have them.
std::vector<PastStretch> TrainingRun::past() const {
  std::vector<PastStretch> past;
  int64_t begun = std::min(step_, config_.sft.steps);
  if (begun > 0)
    past.push_back({"cold_start", begun, begun == config_.sft.steps && !(unfinished_ && step_ == begun), ""});
  for (const PhaseEvent& event : phases_.events()) {
    past.push_back({event.from, event.step - begun, true, event.to});
    begun = event.step;
  }
  if (step_ > begun) past.push_back({phases_.current().name, step_ - begun, false, ""});
  return past;
}

void TrainingRun::restore(const std::string& path, bool of_another) {
  const TrainerState state = read_trainer_state(path);
  step_ = checkpointed_ = state.step;
  started_ = true;
  chain_ = HashChain(Digest::from_hex(state.chain));
  phases_.load_state(state.blob("phases"));
  scorer_.load_state(state.blob("scorer"));
  validation_scorer_.load_state(state.blob("validation_scorer"));
  for (const auto& [name, role] : stateful_)
    if (!state.is_untouched(name) && (!of_another || state.has_blob(name))) role->load_state(state.blob(name));
  if (clock_)
    phases_.set_phase_seconds(clock_->sum(phases_.total_step() - phases_.phase_step() + 1, phases_.total_step()));
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
  if (!of_another) return;
  checkpointed_ = -1;  // not in this run's own checkpoints
  if (state.has_blob("unfinished_step")) {
    unfinished_ = read_made_step(state.blob("unfinished_step"));
    if (roles().record_again) roles().record_again(unfinished_->recorded);
    score_ = state.score;
  }
  if (chain_after(walk_of(config_, in_.environment), past()) != chain_.value())
    fail("{}: was made under other settings than this run has for its first {} steps, so it cannot go on from there",
         path, step_);
}

}  // namespace crescent
