// The verdicts of one group, and what they make of the evidence about its prompt.
#pragma once

#include "core/abi/crescent_plugin.h"
#include "plugins/samplers/score_table.hpp"

namespace crescent::plugin {

struct PassCounts {
  double passes = 0, fails = 0;
  double judged() const { return passes + fails; }
};

// Samples without a verdict neither passed nor failed.
inline PassCounts pass_counts(const crescent_group& group) {
  PassCounts counts;
  for (uint32_t i = 0; i < group.n; ++i)
    if (group.judged[i] != 0) (group.passed[i] != 0 ? counts.passes : counts.fails) += 1;
  return counts;
}

// Adds the group's verdicts to the evidence about its prompt, of which `keep` is left. A group without a verdict
// changes nothing.
inline PassCounts note_passes(ViewScores& view, const crescent_group& group, double keep) {
  const PassCounts counts = pass_counts(group);
  const uint64_t prompt = group.prompt_index;
  if (counts.judged() > 0)
    view.set_evidence(prompt, keep * view.passes(prompt) + counts.passes, keep * view.fails(prompt) + counts.fails);
  return counts;
}

}  // namespace crescent::plugin
