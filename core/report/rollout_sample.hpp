// The rollouts that the report shows in full: some of all, chosen by place alone, so that they are a fair picture.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/rundir/logged_rollout.hpp"
#include "core/rundir/rollout_reader.hpp"

namespace crescent {

// The responses to one draw of a prompt, in the order of `sample`; all of them.
struct SampledGroup {
  std::vector<LoggedRollout> rollouts;  // at least one, all of one step, source, prompt, view and visit
};

struct RolloutSample {
  static constexpr int64_t kMostSteps = 40;
  int64_t recorded = 0;  // rollouts in the run's files, in full or not
  std::vector<SampledGroup> groups;
  int64_t rollouts() const;
};

// About `wanted` rollouts, and at most as many as make about `most_bytes` of JSON lines: whole groups, evenly spread
// over at most kMostSteps evenly spread steps, the first and the last that were kept among them.
RolloutSample sample_rollouts(const RolloutReader& reader, int64_t wanted, uint64_t most_bytes);

}  // namespace crescent
