#include "core/rundir/rollout_writer.hpp"

#include <cmath>
#include <filesystem>

#include "core/base/error.hpp"
#include "core/rundir/logged_rollout.hpp"

namespace crescent {

namespace {

void add_scores(const ScoredGroup& group, size_t sample, const std::vector<RewardNames>& rewards, LoggedRollout& out) {
  for (size_t k = 0; k < rewards.size(); ++k) {
    const Score& score = group.scores[k][sample];
    if (score.status == ScoreStatus::failed) out.errors.emplace_back(rewards[k].name, score.error);
    if (score.status != ScoreStatus::ok) continue;
    out.parts.emplace_back(rewards[k].name, score.value);
    for (size_t p = 0; p < score.parts.size(); ++p)
      out.parts.emplace_back(rewards[k].name + "/" + rewards[k].parts[p], score.parts[p]);
  }
}

LoggedRollout logged(int64_t step, const std::string& phase, const RolloutEntry& entry, size_t sample,
                     const std::vector<RewardNames>& rewards) {
  const ScoredGroup& group = *entry.group;
  const Rollout& rollout = group.group.rollouts[sample];
  LoggedRollout out;
  out.step = step;
  out.phase = phase;
  out.source = entry.source;
  out.prompt = entry.record_id;
  out.view = group.group.draw.view;
  out.visit = static_cast<int64_t>(group.group.draw.visit);
  out.sample = static_cast<int64_t>(sample);
  out.response_tokens = static_cast<int64_t>(rollout.tokens.size());
  out.finish = rollout.finish;
  out.reward = group.reward[sample];
  if (group.judged(sample)) out.passed = group.passed[sample] != 0;
  add_scores(group, sample, rewards, out);
  if (!entry.advantages.empty()) out.advantage = entry.advantages[sample];
  return out;
}

void add_response(const Rollout& rollout, const RolloutLogConfig& keep, LoggedRollout& out) {
  out.text = rollout.text;
  if (!keep.tokens) return;
  out.tokens = rollout.tokens;
  const double scale = std::pow(10.0, static_cast<double>(keep.logprob_decimals));
  for (const float logprob : rollout.logprobs)
    out.logprobs.push_back(static_cast<float>(std::round(logprob * scale) / scale) + 0.0f);  // + 0: no "-0"
}

void check_shapes(const RolloutEntry& entry, size_t n_rewards) {
  const size_t samples = entry.group->group.rollouts.size();
  bool fits = entry.group->scores.size() == n_rewards && entry.group->reward.size() == samples &&
              entry.group->passed.size() == samples && (entry.advantages.empty() || entry.advantages.size() == samples);
  for (const auto& scores : entry.group->scores) fits = fits && scores.size() == samples;
  if (!fits)
    fail("rollouts of record \"{}\": scores, rewards and advantages must have one entry for each of the {} samples",
         entry.record_id, samples);
}

}  // namespace

RolloutWriter::RolloutWriter(std::string folder, std::vector<RewardNames> rewards, const RolloutLogConfig& keep)
    : folder_(std::move(folder)), rewards_(std::move(rewards)), keep_(keep) {
  make_folders(folder_);
}

void RolloutWriter::write(int64_t step, const std::string& phase, std::span<const RolloutEntry> entries,
                          bool all_responses) {
  for (const RolloutEntry& entry : entries) check_shapes(entry, rewards_.size());
  const int64_t segment = step - step % kStepsPerSegment;
  if (segment != segment_) {
    if (segment_ >= 0) sync();
    file_ = AppendFile(path_of(segment));
    segment_ = segment;
  }
  RolloutLogConfig keep = keep_;
  if (all_responses) keep = {.logprob_decimals = keep_.logprob_decimals};  // the defaults keep everything
  const bool responses = keep.every > 0 && step % keep.every == 0;
  for (const RolloutEntry& entry : entries) {
    const auto& rollouts = entry.group->group.rollouts;
    for (size_t i = 0; i < rollouts.size(); ++i) {
      LoggedRollout sample = logged(step, phase, entry, i, rewards_);
      const bool whole = responses && (keep.samples == 0 || sample.sample < keep.samples);
      if (whole) add_response(rollouts[i], keep, sample);
      frame_.add(write_rollout_line(sample), whole);
    }
  }
  file_.append(frame_.finish(step));
  file_.flush();
}

void RolloutWriter::sync() {
  if (segment_ < 0) return;
  file_.sync();
  sync_folder(folder_);  // a new segment's name as well
}

void RolloutWriter::cut_back(int64_t segment, uint64_t bytes) {
  for (const auto& item : std::filesystem::directory_iterator(folder_))
    if (segment_first_step(item.path().filename().string()) > segment) std::filesystem::remove(item.path());
  segment_ = segment;
  file_ = AppendFile();
  if (segment < 0) return;
  file_ = AppendFile(path_of(segment));
  file_.truncate(bytes);
}

}  // namespace crescent
