#include "core/stats/sample_size.hpp"

#include <cmath>

#include "core/stats/distributions.hpp"

namespace crescent {

double paired_power(int64_t n, double difference, double deviation) {
  const double degrees = static_cast<double>(n - 1);
  return t_power(t_quantile((1 + kLevel) / 2, degrees), degrees,
                 std::sqrt(static_cast<double>(n)) * difference / deviation);
}

std::optional<int64_t> seeds_needed(double difference, double deviation) {
  if (difference == 0) return std::nullopt;
  int64_t low = 1, high = 2;  // power grows with n: low is too few
  while (paired_power(high, difference, deviation) < kPower) {
    low = high, high *= 2;
    if (low >= kMostSeeds) return std::nullopt;
  }
  while (high - low > 1) {
    const int64_t middle = (low + high) / 2;
    (paired_power(middle, difference, deviation) < kPower ? low : high) = middle;
  }
  return high <= kMostSeeds ? std::optional(high) : std::nullopt;
}

Interval deviation_interval(double deviation, int64_t n) {
  const double degrees = static_cast<double>(n - 1), beyond = (1 - kLevel) / 2;
  return {deviation * std::sqrt(degrees / chi_squared_quantile(1 - beyond, degrees)),
          deviation * std::sqrt(degrees / chi_squared_quantile(beyond, degrees))};
}

}  // namespace crescent
