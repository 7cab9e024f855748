// 95 % intervals of a mean from a few values: by Student's t, and by the bootstrap.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "core/base/random.hpp"

namespace crescent {

inline constexpr double kLevel = 0.95;  // of every interval; tests are at 1 - kLevel

struct Interval {
  double low = 0, high = 0;
  bool holds(double x) const { return low <= x && x <= high; }
};

// mean +- t(n - 1) s / sqrt(n). Nothing below two values, or where all are equal: an interval without width would say
// that the mean is known exactly.
std::optional<Interval> t_interval(std::span<const double> values);

// Bootstrap-t (Efron & Tibshirani 1993, 12.5): quantiles of (mean* - mean) / se* take the place of Student's. Up to
// kEnumerated values all resamples are enumerated, so that chance has no part in it; above, kResamples are drawn by
// `key`. Nothing where t_interval gives nothing, or where so many resamples are of one value alone that an end would be
// infinite (always below four values). bench/interval_coverage.cpp measures it against BCa, which covers far less.
std::optional<Interval> bootstrap_interval(std::span<const double> values, const RandomKey& key);
inline constexpr size_t kEnumerated = 8, kResamples = 9999;

}  // namespace crescent
