// How many seeds it takes to see a difference of a given size.
#pragma once

#include <cstdint>
#include <optional>

#include "core/stats/interval.hpp"

namespace crescent {

// The chance that a paired two-sided t test at 1 - kLevel finds a true mean difference, by the noncentral t
// distribution. n >= 2, deviation > 0: that of the differences between runs of one seed.
double paired_power(int64_t n, double difference, double deviation);

// The fewest seeds that find it with probability kPower; nothing above kMostSeeds, or for a difference of 0.
inline constexpr double kPower = 0.8;
inline constexpr int64_t kMostSeeds = 100'000;
std::optional<int64_t> seeds_needed(double difference, double deviation);

// What true deviation may lie behind one that was measured on n values: by chi squared, for normal values.
Interval deviation_interval(double deviation, int64_t n);

}  // namespace crescent
