#include "core/grpo/advantage.hpp"

#include <cmath>
#include <limits>

#include "core/base/error.hpp"

namespace crescent {

GroupAdvantages group_advantages(std::span<const double> rewards, const std::string& kind, double eps) {
  if (kind != "std" && kind != "none" && kind != "leave_one_out") {
    fail_usage({}, "grpo.advantage = \"{}\"{}", kind, suggestion(kind, {"std", "none", "leave_one_out"}));
  }
  GroupAdvantages result;
  result.values.assign(rewards.size(), 0);
  result.left_out.assign(rewards.size(), 0);
  double sum = 0, count = 0;
  for (size_t i = 0; i < rewards.size(); ++i) {
    if (std::isinf(rewards[i])) fail("the reward of response {} of a group is {}; it must be finite", i, rewards[i]);
    result.left_out[i] = std::isnan(rewards[i]);
    if (result.left_out[i]) continue;
    sum += rewards[i];
    count += 1;
  }
  result.mean = count > 0 ? sum / count : std::numeric_limits<double>::quiet_NaN();
  double squares = 0;
  for (size_t i = 0; i < rewards.size(); ++i) {
    if (!result.left_out[i]) squares += (rewards[i] - result.mean) * (rewards[i] - result.mean);
  }
  result.std = count > 1 ? std::sqrt(squares / (count - 1)) : 0;
  result.zero_variance = result.std < 1e-8;
  if (result.zero_variance) return result;

  // leave_one_out: R - (sum - R) / (n - 1) = (R - mean) n / (n - 1).
  const double scale = kind == "std" ? 1 / (result.std + eps) : kind == "none" ? 1 : count / (count - 1);
  for (size_t i = 0; i < rewards.size(); ++i) {
    if (!result.left_out[i]) result.values[i] = (rewards[i] - result.mean) * scale;
  }
  return result;
}

}  // namespace crescent
