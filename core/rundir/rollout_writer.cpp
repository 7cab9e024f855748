#include "core/rundir/rollout_writer.hpp"

#include <charconv>
#include <filesystem>

#include "core/base/error.hpp"
#include "core/rundir/json_line.hpp"

namespace crescent {

namespace {

// First step of "step_000100-000199.jsonl"; -1 for any other name.
int64_t segment_of(const std::string& name) {
  constexpr std::string_view prefix = "step_";
  if (name.rfind(prefix, 0) != 0 || !name.ends_with(".jsonl")) return -1;
  int64_t first = -1;
  const auto [end, code] = std::from_chars(name.data() + prefix.size(), name.data() + name.size(), first);
  return code == std::errc() && *end == '-' ? first : -1;
}

void write_scores(const ScoredGroup& group, size_t sample, const std::vector<RewardNames>& rewards, JsonLine& out) {
  out.key("parts").open();
  bool failed = false;
  for (size_t k = 0; k < rewards.size(); ++k) {
    const Score& score = group.scores[k][sample];
    failed |= score.status == ScoreStatus::failed;
    if (score.status != ScoreStatus::ok) continue;
    out.key(rewards[k].name).number(score.value);
    for (size_t p = 0; p < score.parts.size(); ++p)
      out.key(rewards[k].name + "/" + rewards[k].parts[p]).number(score.parts[p]);
  }
  out.close();
  if (!failed) return;
  out.key("errors").open();
  for (size_t k = 0; k < rewards.size(); ++k)
    if (const Score& score = group.scores[k][sample]; score.status == ScoreStatus::failed)
      out.key(rewards[k].name).text(score.error);
  out.close();
}

std::string sample_line(int64_t step, const std::string& source, const RolloutEntry& entry, size_t sample,
                        const std::vector<RewardNames>& rewards) {
  const ScoredGroup& group = *entry.group;
  const Rollout& rollout = group.group.rollouts[sample];
  JsonLine out;
  out.key("step").integer(step);
  out.key("source").text(source);
  out.key("prompt").text(entry.record_id);
  out.key("view").text(view_name(group.group.draw.view));
  out.key("visit").integer(static_cast<int64_t>(group.group.draw.visit));
  out.key("sample").integer(static_cast<int64_t>(sample));
  out.key("tokens").list(rollout.tokens);
  out.key("logprobs").list(rollout.logprobs);
  out.key("text").text(rollout.text);
  out.key("finish").text(rollout.finish == FinishReason::stop ? "stop" : "length");
  out.key("reward").number(group.reward[sample]);
  out.key("passed").boolean(group.passed[sample] != 0);
  write_scores(group, sample, rewards, out);
  out.key("advantage");
  if (entry.advantages.empty())
    out.null();
  else
    out.number(entry.advantages[sample]);
  return std::move(out).line();
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

RolloutWriter::RolloutWriter(std::string folder, std::vector<RewardNames> rewards)
    : folder_(std::move(folder)), rewards_(std::move(rewards)) {
  make_folders(folder_);
}

std::string RolloutWriter::path_of(int64_t segment) const {
  return fmt::format("{}/step_{:06}-{:06}.jsonl", folder_, segment, segment + kStepsPerSegment - 1);
}

void RolloutWriter::write(int64_t step, const std::string& source, std::span<const RolloutEntry> entries) {
  const int64_t segment = step - step % kStepsPerSegment;
  if (segment != segment_) {
    if (segment_ >= 0) sync();
    file_ = AppendFile(path_of(segment));
    segment_ = segment;
  }
  for (const RolloutEntry& entry : entries) {
    check_shapes(entry, rewards_.size());
    for (size_t i = 0; i < entry.group->group.rollouts.size(); ++i)
      file_.append(sample_line(step, source, entry, i, rewards_));
  }
  file_.flush();
}

void RolloutWriter::sync() {
  if (segment_ < 0) return;
  file_.sync();
  sync_folder(folder_);  // a new segment's name as well
}

void RolloutWriter::cut_back(int64_t segment, uint64_t bytes) {
  for (const auto& item : std::filesystem::directory_iterator(folder_))
    if (segment_of(item.path().filename().string()) > segment) std::filesystem::remove(item.path());
  segment_ = segment;
  file_ = AppendFile();
  if (segment < 0) return;
  file_ = AppendFile(path_of(segment));
  file_.truncate(bytes);
}

}  // namespace crescent
