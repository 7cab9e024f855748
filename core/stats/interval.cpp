#include "core/stats/interval.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "core/stats/distributions.hpp"
#include "core/stats/moments.hpp"

namespace crescent {

namespace {

Moments moments_of(std::span<const double> values) {
  Moments moments;
  for (const double value : values) moments.add(value);
  return moments;
}

// How often each value was drawn -> the resample's (mean* - mean) / se*, from values less their mean.
double studentised(std::span<const double> centred, std::span<const uint32_t> counts) {
  const double n = static_cast<double>(centred.size());
  double sum = 0, squares = 0, low = std::numeric_limits<double>::infinity(), high = -low;
  for (size_t i = 0; i < centred.size(); ++i)
    if (counts[i] > 0) {
      sum += counts[i] * centred[i];
      low = std::min(low, centred[i]), high = std::max(high, centred[i]);
    }
  const double mean = sum / n;
  if (low == high) return low == 0 ? 0 : std::copysign(std::numeric_limits<double>::infinity(), mean);
  for (size_t i = 0; i < centred.size(); ++i) squares += counts[i] * (centred[i] - mean) * (centred[i] - mean);
  return mean / std::sqrt(squares / (n - 1) / n);
}

struct WeightedT {
  double t = 0;
  uint64_t orders = 1;  // ordered resamples that it stands for
};

// Every way to draw n of n values with replacement, and in how many orders it can be drawn.
void enumerate(std::span<const double> centred, std::vector<uint32_t>& counts, size_t at, uint32_t left,
               uint64_t orders, std::vector<WeightedT>& found) {
  if (at + 1 == centred.size()) {
    counts[at] = left;
    found.push_back({studentised(centred, counts), orders});
    return;
  }
  uint64_t chosen = 1;  // left choose k
  for (uint32_t k = 0; k <= left; ++k) {
    counts[at] = k;
    enumerate(centred, counts, at + 1, left - k, orders * chosen, found);
    chosen = chosen * (left - k) / (k + 1);
  }
}

std::vector<WeightedT> resample(std::span<const double> centred, const RandomKey& key) {
  std::vector<WeightedT> found;
  std::vector<uint32_t> counts(centred.size());
  if (centred.size() <= kEnumerated) {
    enumerate(centred, counts, 0, static_cast<uint32_t>(centred.size()), 1, found);
    return found;
  }
  RandomStream stream(key);
  for (size_t r = 0; r < kResamples; ++r) {
    std::fill(counts.begin(), counts.end(), 0);
    for (size_t i = 0; i < centred.size(); ++i) ++counts[stream.below(centred.size())];
    found.push_back({studentised(centred, counts), 1});
  }
  return found;
}

// The smallest t that at least `share` of the resamples do not exceed.
template <class Iterator>
double tail(Iterator begin, Iterator end, double share) {
  uint64_t all = 0, seen = 0;
  for (Iterator i = begin; i != end; ++i) all += i->orders;
  const double wanted = share * static_cast<double>(all);
  for (Iterator i = begin; i != end; ++i)
    if (static_cast<double>(seen += i->orders) >= wanted) return i->t;
  return std::prev(end)->t;
}

}  // namespace

std::optional<Interval> t_interval(std::span<const double> values) {
  const Moments moments = moments_of(values);
  if (values.size() < 2 || !moments.varies()) return std::nullopt;
  const double n = static_cast<double>(values.size());
  const double reach = t_quantile((1 + kLevel) / 2, n - 1) * moments.deviation() / std::sqrt(n);
  return Interval{moments.mean() - reach, moments.mean() + reach};
}

std::optional<Interval> bootstrap_interval(std::span<const double> values, const RandomKey& key) {
  const Moments moments = moments_of(values);
  if (values.size() < 2 || !moments.varies()) return std::nullopt;
  std::vector<double> centred(values.begin(), values.end());
  for (double& value : centred) value -= moments.mean();
  std::vector<WeightedT> found = resample(centred, key);
  std::sort(found.begin(), found.end(), [](const WeightedT& a, const WeightedT& b) { return a.t < b.t; });
  const double beyond = (1 - kLevel) / 2, error = moments.deviation() / std::sqrt(static_cast<double>(values.size()));
  const Interval interval{moments.mean() - tail(found.rbegin(), found.rend(), beyond) * error,
                          moments.mean() - tail(found.begin(), found.end(), beyond) * error};
  if (!std::isfinite(interval.low) || !std::isfinite(interval.high)) return std::nullopt;
  return interval;
}

}  // namespace crescent
