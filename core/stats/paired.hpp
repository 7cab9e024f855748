// What one setting does to a number, from runs that differ in it alone: differences between runs of the same seed.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "core/stats/interval.hpp"

namespace crescent {

using SeedValues = std::map<int64_t, double>;  // seed -> what its run came to; finite

// The unit is the run: its seed decides weights, data order and samples. Validation records are the same in all runs,
// so intervals are about other seeds on these records, not about other records.
struct PairedDifference {
  std::vector<int64_t> seeds;         // that both sides have, ascending
  std::vector<double> values;         // [seeds] setting less baseline
  std::vector<int64_t> only_setting;  // seeds without a partner, which are left out
  std::vector<int64_t> only_baseline;
  double mean = 0, deviation = 0;  // NaN: no pair; below two pairs
  std::optional<Interval> by_t, by_bootstrap;
  double p = 1;  // two-sided t test; NaN without by_t
  size_t n() const { return values.size(); }
  bool varies() const { return by_t.has_value(); }  // false as well below two pairs
};

PairedDifference compare_paired(const SeedValues& setting, const SeedValues& baseline);

// Holm (1979): adjusted p values, in the order given, so that the chance of any false finding among all stays below
// 1 - kLevel when those at or below it are called found. NaN: not tested, and not counted.
std::vector<double> holm(std::span<const double> p);

}  // namespace crescent
