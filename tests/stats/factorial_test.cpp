#include "core/stats/factorial.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "core/stats/paired.hpp"

namespace crescent {

TEST_CASE("with two levels a main effect is the paired t test") {
  const FactorialGrid grid{{2}, {{0.5, 0.53}, {0.4, 0.46}, {0.7, 0.71}, {0.6, 0.66}}};
  const auto effects = factorial_effects(grid);
  SeedValues low, high;
  for (size_t s = 0; s < grid.values.size(); ++s) {
    low[static_cast<int64_t>(s)] = grid.values[s][0];
    high[static_cast<int64_t>(s)] = grid.values[s][1];
  }
  REQUIRE(effects.size() == 1);
  CHECK(effects[0].p == doctest::Approx(compare_paired(high, low).p).epsilon(1e-10));
  CHECK(effects[0].epsilon == doctest::Approx(1));
}

TEST_CASE("effects that are the same in all seeds are not tested") {
  const FactorialGrid grid{{2, 2}, {{0.1, 0.2, 0.3, 0.4}, {0.4, 0.5, 0.6, 0.7}, {0.2, 0.3, 0.4, 0.5}}};
  for (const FactorialEffect& effect : factorial_effects(grid)) CHECK(std::isnan(effect.p));
}

TEST_CASE("a level's mean is over all cells that have it, in each seed") {
  const FactorialGrid grid{{2, 3}, {{1, 2, 3, 4, 5, 6}}};
  CHECK(level_means(grid, 0) == std::vector<std::vector<double>>{{2, 5}});
  CHECK(level_means(grid, 1) == std::vector<std::vector<double>>{{2.5, 3.5, 4.5}});
}

}  // namespace crescent
