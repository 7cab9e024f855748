// Rewards of one group to advantages. Pure C++, no tensors.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace crescent {

struct GroupAdvantages {
  std::vector<double> values;     // [G]; 0 where left out
  std::vector<uint8_t> left_out;  // [G] 1: its reward was NaN; its tokens do not belong into the loss
  bool zero_variance = false;     // the counted rewards are all equal, or fewer than two: no signal, values all 0
  double mean = 0, std = 0;       // of the counted rewards; unbiased std, 0 for fewer than two; NaN mean for none
};

// kind: "std"            (R - mean) / (std + eps)   GRPO, DeepSeekMath 2402.03300 section 4.1.1; unbiased std
//       "none"           R - mean                   Dr. GRPO, 2503.20783
//       "leave_one_out"  R - mean of the others     RLOO, 2402.14740
// NaN rewards are left out of mean and std. Rewards whose std is below 1e-8 count as equal, as TRL has it. Throws a
// usage Error on another kind, Error on an infinite reward.
GroupAdvantages group_advantages(std::span<const double> rewards, const std::string& kind, double eps);

}  // namespace crescent
