#include <cmath>

#include "core/scoring/scorer.hpp"
#include "core/stats/moments.hpp"

namespace crescent {

namespace {

void add_reward(const WeightedReward& reward, size_t k, const std::vector<ScoredGroup>& groups, NamedValues& out) {
  const std::vector<std::string>& parts = reward.reward->part_names();
  Moments value;
  std::vector<Moments> part_values(parts.size());
  for (const ScoredGroup& group : groups)
    for (const Score& score : group.scores[k]) {
      if (score.status != ScoreStatus::ok) continue;
      value.add(score.value);
      for (size_t p = 0; p < parts.size(); ++p) part_values[p].add(score.parts[p]);
    }
  out.emplace_back("reward/" + reward.name, value.mean());
  for (size_t p = 0; p < parts.size(); ++p)
    out.emplace_back("reward/" + reward.name + "/" + parts[p], part_values[p].mean());
}

double count_failed(size_t k, const std::vector<ScoredGroup>& groups) {
  double failed = 0;
  for (const ScoredGroup& group : groups)
    for (const Score& score : group.scores[k]) failed += score.status == ScoreStatus::failed;
  return failed;
}

}  // namespace

NamedValues reward_metrics(const std::vector<WeightedReward>& rewards, const std::vector<ScoredGroup>& groups) {
  Moments reward, passed;
  double failed_samples = 0, unscored = 0;
  for (const ScoredGroup& group : groups)
    for (size_t i = 0; i < group.reward.size(); ++i) {
      if (std::isnan(group.reward[i])) {
        ++(group.failed(i) ? failed_samples : unscored);
        continue;
      }
      reward.add(group.reward[i]);
      if (group.judged(i)) passed.add(group.passed[i]);
    }
  NamedValues out = {{"reward", reward.mean()}, {"reward_std", reward.deviation()}};
  for (size_t k = 0; k < rewards.size(); ++k) add_reward(rewards[k], k, groups, out);
  out.emplace_back("pass_rate", passed.mean());
  out.emplace_back("failed_samples", failed_samples);
  if (unscored > 0) out.emplace_back("unscored_samples", unscored);
  for (size_t k = 0; k < rewards.size(); ++k)
    if (const double failed = count_failed(k, groups); failed > 0)
      out.emplace_back("failed/" + rewards[k].name, failed);
  return out;
}

}  // namespace crescent
