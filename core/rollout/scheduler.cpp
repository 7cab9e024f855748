#include "core/rollout/scheduler.hpp"

#include <algorithm>
#include <functional>
#include <utility>

#include "core/base/error.hpp"

namespace crescent {

Scheduler::Scheduler(std::vector<GroupShape> groups, SchedulerLimits limits)
    : groups_(std::move(groups)), limits_(limits), prefixes_(limits.prefix_capacity), progress_(groups_.size()) {
  if (limits_.max_rows < 1) fail("max_rows = {}: at least one sequence must decode in a step", limits_.max_rows);
  for (size_t g = 0; g < groups_.size(); ++g) {
    if (groups_[g].rows < 1) fail("group {} asks for {} responses; at least 1", g, groups_[g].rows);
    if (groups_[g].prompt_tokens < 1) fail("the prompt of group {} is empty", g);
    if (groups_[g].prompt_tokens > limits_.prefix_capacity) {
      fail(
          "the prompt of group {} has {} tokens, more than the prefix cache holds ({}): shorten the prompt or raise "
          "max_prefix_tokens",
          g, groups_[g].prompt_tokens, limits_.prefix_capacity);
    }
  }
  for (int64_t slot = limits_.max_rows; slot-- > 0;) free_slots_.push_back(slot);
}

Admission Scheduler::admit() {
  Admission admission;
  while (waiting_ < groups_.size() && !free_slots_.empty()) {
    Progress& progress = progress_[waiting_];
    if (progress.started == 0) {
      progress.prefix_start = prefixes_.take(groups_[waiting_].prompt_tokens);
      if (progress.prefix_start < 0) break;  // later and shorter prompts wait too: groups join in order
      admission.groups.push_back({waiting_, progress.prefix_start});
    }
    admission.rows.push_back({free_slots_.back(), waiting_, progress.started++});
    free_slots_.pop_back();
    if (progress.started == groups_[waiting_].rows) ++waiting_;
  }
  active_.insert(active_.end(), admission.rows.begin(), admission.rows.end());  // groups only grow: still in order
  return admission;
}

std::vector<size_t> Scheduler::leave(std::span<const uint8_t> finished) {
  if (finished.size() != active_.size()) {
    fail("{} marks for {} active sequences", finished.size(), active_.size());
  }
  std::vector<size_t> completed;
  size_t kept = 0;
  for (size_t i = 0; i < active_.size(); ++i) {
    if (!finished[i]) {
      active_[kept++] = active_[i];
      continue;
    }
    const ActiveRow row = active_[i];
    free_slots_.push_back(row.slot);
    Progress& progress = progress_[row.group];
    if (++progress.finished == groups_[row.group].rows) {
      prefixes_.give_back(progress.prefix_start, groups_[row.group].prompt_tokens);
      completed.push_back(row.group);
    }
  }
  active_.resize(kept);
  std::sort(free_slots_.begin(), free_slots_.end(), std::greater<>());
  return completed;
}

}  // namespace crescent
