// What the tests of variance-aware sampling share.
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "tests/plugin/sampler_bench.hpp"

namespace crescent::testing {

inline std::unique_ptr<PromptSampler> vas(const Given& options = {}, uint64_t seed = 1,
                                          MetricCollector* metrics = nullptr) {
  return make_bundled("variance_aware", options, seed, metrics);
}
inline Value text(const char* s) { return Value(std::string(s)); }
inline Value whole(int64_t i) { return Value(i); }

// A group of `passes` and `fails` for prompt `p`, all with the same thoughts unless told otherwise.
inline ScoredGroup group_of(uint64_t p, int passes, int fails, View view = View::image) {
  Pool pool({0.5});
  ScoredGroup g = pool.roll_out(0, static_cast<uint32_t>(passes + fails));
  g.group.draw = {p, view, 0, 1};
  for (int i = 0; i < passes + fails; ++i)
    g.reward[static_cast<size_t>(i)] = g.passed[static_cast<size_t>(i)] = i < passes;
  return g;
}

inline void observe(PromptSampler& sampler, const Pool& pool, const std::vector<ScoredGroup>& groups) {
  sampler.observe(pool.context(), groups);
}

// Chi-square of counts against expected probabilities; the 99.9 % point for k degrees by Wilson and Hilferty.
inline void check_fits(const std::vector<double>& counts, const std::vector<double>& probability) {
  double n = 0, statistic = 0, k = -1;
  for (const double c : counts) n += c;
  for (size_t i = 0; i < counts.size(); ++i) {
    if (probability[i] == 0) {
      CHECK(counts[i] == 0);
      continue;
    }
    statistic += (counts[i] - n * probability[i]) * (counts[i] - n * probability[i]) / (n * probability[i]);
    k += 1;
  }
  const double limit = k * std::pow(1 - 2 / (9 * k) + 3.0902 * std::sqrt(2 / (9 * k)), 3);
  INFO("chi-square ", statistic, " with ", k, " degrees of freedom, limit ", limit);
  CHECK(statistic < limit);
}

inline std::vector<double> counts_of(PromptSampler& sampler, const Pool& pool, int batches, size_t batch) {
  std::vector<double> counts(pool.pass_rate.size(), 0);
  for (int i = 0; i < batches; ++i)
    for (const uint64_t p : pool.draw(sampler, batch)) counts[p] += 1;
  return counts;
}

}  // namespace crescent::testing
