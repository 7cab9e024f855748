#include "core/experiment/run_walk.hpp"

#include <algorithm>

#include "core/base/error.hpp"

namespace crescent {

static constexpr const char* kColdStart = "cold_start";

size_t RunWalk::named(const std::string& phase) const {
  if (phase.empty()) return stretches.size();
  for (size_t i = 0; i < stretches.size(); ++i)
    if (stretches[i].name == phase) return i;
  fail("there is no phase \"{}\"", phase);
}

const std::string& RunWalk::name_of(size_t stretch) const {
  static const std::string end;
  return stretch < stretches.size() ? stretches[stretch].name : end;
}

int64_t RunWalk::planned_steps() const {
  int64_t steps = 0;
  for (const Stretch& stretch : stretches) {
    if (stretch.steps < 0) return -1;
    steps += stretch.steps;
  }
  return steps;
}

namespace {

// What no two runs repeat, whatever their settings.
std::string why_alone(const RunConfig& config) {
  for (const PhaseConfig& phase : config.phases)
    if (phase.budget.minutes > 0)
      return fmt::format("phase \"{}\" has a budget of minutes, and no two runs take the same time", phase.name);
  for (const RewardConfig& reward : config.rewards)
    if (reward_kind(reward) == RewardKind::http)
      return fmt::format("reward \"{}\" asks {}, which may judge otherwise the next time", reward.name,
                         reward.http.url);
  return "";
}

Digest noted(const std::string& text, SettingsTexts* texts) {
  const Digest digest = hash_bytes(text);
  if (texts != nullptr) texts->emplace(digest, text);
  return digest;
}

}  // namespace

RunWalk walk_of(const RunConfig& config, const Environment& environment, SettingsTexts* texts) {
  RunWalk walk;
  walk.alone = why_alone(config);
  if (config.sft.steps > 0)
    walk.stretches.push_back(
        {kColdStart, config.sft.steps, noted(effective_sft_step(config, environment), texts), end_of_cold_start()});
  for (const PhaseConfig& phase : config.phases)
    walk.stretches.push_back({phase.name, phase.planned_steps,
                              noted(effective_grpo_step(config, phase, environment), texts),
                              noted(effective_phase_end(config, phase, environment), texts)});
  return walk;
}

Digest chain_after(const RunWalk& walk, const std::vector<PastStretch>& past) {
  HashChain chain;
  for (const PastStretch& part : past) {
    const Stretch& stretch = walk.stretches[walk.named(part.name)];
    if (stretch.steps >= 0 && (part.steps > stretch.steps || (part.left && part.steps != stretch.steps)))
      fail("{} steps of {} are no part of a run in which it has {}", part.steps, part.name, stretch.steps);
    for (int64_t i = 0; i < part.steps; ++i) chain.advance(stretch.settings);
    if (part.left) chain.leave(stretch.end, part.to);
  }
  return chain.value();
}

}  // namespace crescent
