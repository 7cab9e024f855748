#include "core/stats/paired.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/stats/distributions.hpp"
#include "core/stats/moments.hpp"

namespace crescent {

namespace {

// Differences that are apart by less than subtraction rounds are one: their spread would pass for certainty.
void join_rounded(std::vector<double>& values, double largest) {
  if (values.empty()) return;
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  constexpr double kRounding = 1e-12;
  if (*high - *low <= kRounding * largest) std::fill(values.begin(), values.end(), values.front());
}

}  // namespace

PairedDifference compare_paired(const SeedValues& setting, const SeedValues& baseline) {
  PairedDifference out;
  double largest = 0;
  for (const auto& [seed, value] : setting) {
    const auto partner = baseline.find(seed);
    if (partner == baseline.end()) {
      out.only_setting.push_back(seed);
      continue;
    }
    out.seeds.push_back(seed);
    out.values.push_back(value - partner->second);
    largest = std::max({largest, std::abs(value), std::abs(partner->second)});
  }
  for (const auto& [seed, value] : baseline)
    if (!setting.contains(seed)) out.only_baseline.push_back(seed);
  join_rounded(out.values, largest);
  const Moments moments{out.values};
  out.mean = moments.mean();
  out.deviation = moments.deviation();
  out.by_t = t_interval(out.values);
  out.by_bootstrap = bootstrap_interval(out.values, RandomKey(1, "paired bootstrap"));
  const double n = static_cast<double>(out.n());
  out.p = out.by_t ? t_two_sided(out.mean / (out.deviation / std::sqrt(n)), n - 1)
                   : std::numeric_limits<double>::quiet_NaN();
  return out;
}

std::vector<double> holm(std::span<const double> p) {
  std::vector<size_t> order;
  for (size_t i = 0; i < p.size(); ++i)
    if (!std::isnan(p[i])) order.push_back(i);
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return p[a] < p[b]; });
  std::vector<double> adjusted(p.begin(), p.end());
  double largest = 0;
  for (size_t rank = 0; rank < order.size(); ++rank) {
    largest = std::max(largest, std::min(1.0, static_cast<double>(order.size() - rank) * p[order[rank]]));
    adjusted[order[rank]] = largest;
  }
  return adjusted;
}

}  // namespace crescent
