#include "core/report/rollout_sample.hpp"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "core/report/spread.hpp"

namespace crescent {

namespace {

// Counts groups, whose lines follow each other, while they go by.
class GroupCounter {
 public:
  size_t index_of(const LoggedRollout& r) {  // of the group that this line belongs to
    Key key(r.step, r.source, r.prompt, r.view, r.visit);
    if (groups_ == 0 || key != last_) ++groups_;
    last_ = std::move(key);
    return groups_ - 1;
  }
  size_t groups() const { return groups_; }

 private:
  using Key = std::tuple<int64_t, std::string, std::string, View, int64_t>;
  Key last_;
  size_t groups_ = 0;
};

void sample_step(const StepFrame& step, size_t wanted, std::vector<SampledGroup>& out) {
  GroupCounter present;
  RolloutReader::read_step(step, RolloutDetail::scores, [&](LoggedRollout&& rollout) {
    present.index_of(rollout);
    return true;
  });
  const std::vector<size_t> spread = evenly_spread(present.groups(), wanted);
  const std::set<size_t> chosen(spread.begin(), spread.end());
  GroupCounter counter;
  size_t last = present.groups();
  std::vector<SampledGroup> groups;
  RolloutReader::read_step(step, RolloutDetail::all, [&](LoggedRollout&& rollout) {
    const size_t index = counter.index_of(rollout);
    if (!chosen.contains(index)) return true;
    if (index != last) groups.emplace_back();
    last = index;
    groups.back().rollouts.push_back(std::move(rollout));
    return true;
  });
  for (SampledGroup& group : groups)
    if (std::any_of(group.rollouts.begin(), group.rollouts.end(), [](const auto& r) { return r.text.has_value(); }))
      out.push_back(std::move(group));
}

}  // namespace

int64_t RolloutSample::rollouts() const {
  int64_t count = 0;
  for (const SampledGroup& group : groups) count += static_cast<int64_t>(group.rollouts.size());
  return count;
}

RolloutSample sample_rollouts(const RolloutReader& reader, int64_t wanted, uint64_t most_bytes) {
  RolloutSample sample;
  uint64_t bytes = 0;
  std::vector<const StepFrame*> kept;
  for (const StepFrame& step : reader.steps()) {
    sample.recorded += step.samples;
    bytes += step.text_bytes;
    if (step.samples_in_full > 0) kept.push_back(&step);
  }
  if (wanted <= 0 || kept.empty()) return sample;
  const double affordable =
      static_cast<double>(most_bytes) / static_cast<double>(bytes) * static_cast<double>(sample.recorded);
  if (affordable < static_cast<double>(wanted)) wanted = static_cast<int64_t>(affordable);
  // As many steps as give each of them a few groups; groups are known by the first kept step's.
  GroupCounter first;
  RolloutReader::read_step(*kept.front(), RolloutDetail::scores,
                           [&](LoggedRollout&& rollout) { return first.index_of(rollout), true; });
  const int64_t group =
      std::max<int64_t>(1, kept.front()->samples / static_cast<int64_t>(std::max<size_t>(1, first.groups())));
  const int64_t groups = std::max<int64_t>(1, wanted / group);
  const std::vector<size_t> steps =
      evenly_spread(kept.size(), static_cast<size_t>(std::min(RolloutSample::kMostSteps, groups)));
  const size_t each = std::max<size_t>(1, static_cast<size_t>(groups) / steps.size());
  for (const size_t step : steps) sample_step(*kept[step], each, sample.groups);
  return sample;
}

}  // namespace crescent
