#include "core/plan/data_sizes.hpp"

#include <algorithm>
#include <cmath>

namespace crescent {

void Spread::add(int64_t value, double weight) {
  const double v = static_cast<double>(value);
  weight_ += weight;
  sum_ += weight * v;
  squares_ += weight * v * v;
  most_ = std::max(most_, value);
}

double Spread::deviation() const {
  return weight_ > 0 ? std::sqrt(std::max(0.0, squares_ / weight_ - mean() * mean())) : 0;
}

int64_t Spread::of_batch(int64_t n) const {
  const double count = static_cast<double>(n);
  return std::min<int64_t>(n * most_, std::llround(std::ceil(mean() * count + 4 * deviation() * std::sqrt(count))));
}

void PromptSizes::add(uint64_t record, int64_t prompt_tokens, int64_t prompt_patches) {
  if (records++ == 0 || prompt_tokens > tokens.most()) longest_record = record;
  tokens.add(prompt_tokens);
  patches.add(prompt_patches);
}

}  // namespace crescent
