#include "core/stats/interval.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

namespace crescent {

namespace {

const RandomKey kKey(1, "test");

// Means of `n` normal values and whether an interval holds their true mean, 0.
template <class Make>
double coverage(size_t n, int trials, const Make& make) {
  RandomStream stream(RandomKey(7, "coverage", {n}));
  int held = 0;
  for (int trial = 0; trial < trials; ++trial) {
    std::vector<double> values(n);
    for (double& value : values) value = stream.normal();
    const auto interval = make(values);
    held += interval && interval->holds(0);
  }
  return static_cast<double>(held) / trials;
}

}  // namespace

TEST_CASE("a single value, or values without spread, have no interval") {
  CHECK(!t_interval(std::vector<double>{}));
  CHECK(!t_interval(std::vector<double>{3.0}));
  CHECK(!t_interval(std::vector<double>{0.1, 0.1, 0.1}));
  CHECK(!bootstrap_interval(std::vector<double>{3.0}, kKey));
  CHECK(!bootstrap_interval(std::vector<double>{0.1, 0.1, 0.1}, kKey));
}

TEST_CASE("three values are too few for the bootstrap, which then gives none instead of a short one") {
  CHECK(t_interval(std::vector<double>{1, 2, 4}));
  CHECK(!bootstrap_interval(std::vector<double>{1, 2, 4}, kKey));
  CHECK(bootstrap_interval(std::vector<double>{1, 2, 4, 5}, kKey));
}

TEST_CASE("intervals of the negated values are the negated intervals") {
  for (const std::vector<double>& values : {std::vector<double>{1, 2, 4, 9, 2.5}, {0.1, 0.7, -0.3, 0.2, 5, 0.25, 1}}) {
    std::vector<double> negated = values;
    for (double& value : negated) value = -value;
    const auto a = bootstrap_interval(values, kKey), b = bootstrap_interval(negated, kKey);
    CHECK(a->low == doctest::Approx(-b->high).epsilon(1e-12));
    CHECK(a->high == doctest::Approx(-b->low).epsilon(1e-12));
  }
}

TEST_CASE("up to eight values the bootstrap has no chance in it, and above the key decides") {
  const std::vector<double> eight{1, 2, 4, 9, 2.5, 3, 3.5, 0}, nine{1, 2, 4, 9, 2.5, 3, 3.5, 0, 5};
  const RandomKey other(2, "test");
  CHECK(bootstrap_interval(eight, kKey)->low == bootstrap_interval(eight, other)->low);
  CHECK(bootstrap_interval(nine, kKey)->low == bootstrap_interval(nine, kKey)->low);
  CHECK(bootstrap_interval(nine, kKey)->low != bootstrap_interval(nine, other)->low);
}

TEST_CASE("with many values the bootstrap comes to the t interval") {
  std::vector<double> many;
  RandomStream stream(RandomKey(3, "many"));
  for (int i = 0; i < 400; ++i) many.push_back(stream.normal());
  const auto drawn = bootstrap_interval(many, kKey), student = t_interval(many);
  CHECK(std::abs(drawn->low - student->low) < 0.08 * (student->high - student->low));
  CHECK(std::abs(drawn->high - student->high) < 0.08 * (student->high - student->low));
}

// 2,000 trials: the standard error of a coverage of .95 is .005. bench/interval_coverage.cpp has more, on worse data.
TEST_CASE("95 % intervals of normal values hold the mean about 95 times in 100") {
  const auto by_t = [](const std::vector<double>& values) { return t_interval(values); };
  const auto by_bootstrap = [](const std::vector<double>& values) { return bootstrap_interval(values, kKey); };
  for (const size_t n : {5, 8}) CHECK(coverage(n, 2000, by_t) == doctest::Approx(0.95).epsilon(0.015));
  CHECK(coverage(5, 2000, by_bootstrap) == doctest::Approx(0.95).epsilon(0.03));
}

}  // namespace crescent
