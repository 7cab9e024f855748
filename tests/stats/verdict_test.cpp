#include "core/stats/verdict.hpp"

#include <doctest/doctest.h>

namespace crescent {

namespace {

const Measure kAccuracy{100, " points", Measure::Good::more}, kLength{1, " tokens", Measure::Good::neither};

// A comparison of runs whose differences are `differences`, alone unless `corrected` is given.
std::string said(const std::vector<double>& differences, const Measure& measure = kAccuracy, double corrected = -1,
                 size_t comparisons = 1) {
  SeedValues setting, baseline;
  for (size_t i = 0; i < differences.size(); ++i) {
    baseline[static_cast<int64_t>(i)] = 0;
    setting[static_cast<int64_t>(i)] = differences[i];
  }
  PairedComparison c{"lambda = 0.5", "lambda = 0", compare_paired(setting, baseline), 0, comparisons};
  c.corrected_p = corrected < 0 ? c.difference.p : corrected;
  return verdict(c, measure);
}

}  // namespace

TEST_CASE("what the data show is said with its size, interval and number of seeds") {
  CHECK(said({0.01, 0.02, 0.03, 0.02, 0.025}) ==
        "lambda = 0.5 is better than lambda = 0 by 2.1 points [1.2, 3.0], n = 5");
  CHECK(said({-0.01, -0.02, -0.03, -0.02, -0.025}) ==
        "lambda = 0.5 is worse than lambda = 0 by 2.1 points [1.2, 3.0], n = 5");
  CHECK(said({10, 20, 30, 20, 25}, kLength) ==
        "lambda = 0.5 is higher than lambda = 0 by 21.0 tokens [11.8, 30.2], n = 5");
}

TEST_CASE("what they do not show is said to be open, with the seeds that it would take") {
  CHECK(
      said({0.03, -0.02, 0.04, 0.01, -0.01}) ==
      "these data cannot tell lambda = 0.5 from lambda = 0: +1.0 points [-2.2, 4.2], n = 5; a difference of this size "
      "would take about 53 seeds");
  CHECK(said({0.01, -0.01}) ==
        "these data cannot tell lambda = 0.5 from lambda = 0: 0.0 points [-12.7, 12.7], n = 2; to see so small a "
        "difference would take more than 100000 seeds");
}

TEST_CASE("a difference that only the correction takes away is said to be so") {
  CHECK(said({0.01, 0.02, 0.03, 0.02, 0.025}, kAccuracy, 0.06, 12) ==
        "these data cannot tell lambda = 0.5 from lambda = 0: +2.1 points [1.2, 3.0], n = 5; alone it would be found "
        "(p = 0.0032), but not among 12 comparisons (p = 0.06 by Holm)");
}

TEST_CASE("a finding that the bootstrap does not share says so") {
  CHECK(said({0.002, 0.029, 0.026, 0.028, 0.025}) ==
        "lambda = 0.5 is better than lambda = 0 by 2.2 points [0.8, 3.6], n = 5, though the bootstrap's interval holds "
        "0");
}

TEST_CASE("one seed, none, or no spread: nothing is claimed, and why") {
  CHECK(said({}) == "these data cannot tell lambda = 0.5 from lambda = 0: no seed has a finished run of both");
  CHECK(said({0.021}) ==
        "these data cannot tell lambda = 0.5 from lambda = 0: +2.1 points in the one seed that both have, and one pair "
        "says nothing of chance");
  CHECK(said({0.0, 0.0, 0.0}) ==
        "these data cannot tell lambda = 0.5 from lambda = 0: in each of 3 seeds they came to the same number");
  CHECK(said({0.02, 0.02, 0.02}) ==
        "these data cannot tell lambda = 0.5 from lambda = 0: +2.0 points in each of 3 seeds, and differences without "
        "spread say nothing of chance");
}

}  // namespace crescent
