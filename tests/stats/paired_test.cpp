#include "core/stats/paired.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

namespace crescent {

TEST_CASE("only seeds that both settings have are compared, and the others are named") {
  const PairedDifference found = compare_paired({{1, 0.5}, {2, 0.6}, {4, 0.9}}, {{1, 0.4}, {2, 0.3}, {3, 0.1}});
  CHECK(found.seeds == std::vector<int64_t>{1, 2});
  CHECK(found.only_setting == std::vector<int64_t>{4});
  CHECK(found.only_baseline == std::vector<int64_t>{3});
  CHECK(found.mean == doctest::Approx(0.2));
}

TEST_CASE("pairing takes out what seeds have in common") {
  const PairedDifference found = compare_paired({{1, 0.11}, {2, 0.52}, {3, 0.93}}, {{1, 0.1}, {2, 0.5}, {3, 0.9}});
  CHECK(found.deviation == doctest::Approx(0.01));
}

TEST_CASE("no pair, or one, has no interval and no p") {
  const PairedDifference none = compare_paired({{1, 0.5}}, {{2, 0.4}});
  CHECK(none.n() == 0);
  CHECK(std::isnan(none.mean));
  CHECK(std::isnan(none.p));
  const PairedDifference one = compare_paired({{1, 0.5}}, {{1, 0.25}});
  CHECK(one.mean == 0.25);
  CHECK(!one.varies());
  CHECK(std::isnan(one.p));
}

TEST_CASE("differences that are apart by rounding alone are no finding") {
  // 0.3 - 0.2, 0.4 - 0.3 and 0.8 - 0.7 differ in their last bits.
  const PairedDifference found = compare_paired({{1, 0.3}, {2, 0.4}, {3, 0.8}}, {{1, 0.2}, {2, 0.3}, {3, 0.7}});
  CHECK(!found.varies());
  CHECK(std::isnan(found.p));
  CHECK(found.deviation == 0);
}

TEST_CASE("what was not tested does not count in Holm's correction") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::vector<double> adjusted = holm(std::vector<double>{0.02, nan, 0.03});
  CHECK(adjusted[0] == doctest::Approx(0.04));
  CHECK(std::isnan(adjusted[1]));
  CHECK(adjusted[2] == doctest::Approx(0.04));
  CHECK(holm({}).empty());
}

}  // namespace crescent
