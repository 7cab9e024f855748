// The verdicts of one group.
#pragma once

#include "core/abi/crescent_plugin.h"

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

}  // namespace crescent::plugin
