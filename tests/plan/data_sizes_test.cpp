#include "core/plan/data_sizes.hpp"

#undef CHECK  // LibTorch's logging defines one, which would count nothing
#include <doctest/doctest.h>

#include <algorithm>

#include "core/base/random.hpp"

using namespace crescent;

TEST_CASE("records that are all alike make batches of exactly n times their size") {
  Spread spread;
  for (int i = 0; i < 100; ++i) spread.add(37);
  CHECK(spread.mean() == 37);
  CHECK(spread.deviation() == 0);
  CHECK(spread.of_batch(48) == 48 * 37);
}

TEST_CASE("of ten thousand random batches none is larger than planned, and the plan is far below n times the largest") {
  const std::vector<int64_t> values = {20, 22, 25, 30, 31, 40, 44, 90};
  Spread spread;
  for (const int64_t v : values) spread.add(v);
  RandomStream random(RandomKey(1, "batches"));
  int64_t largest = 0;
  for (int batch = 0; batch < 10000; ++batch) {
    int64_t sum = 0;
    for (int i = 0; i < 64; ++i) sum += values[random.below(values.size())];
    largest = std::max(largest, sum);
  }
  CHECK(largest <= spread.of_batch(64));
  CHECK(spread.of_batch(64) < 64 * 60);
  CHECK(spread.of_batch(1) == 90);
}

TEST_CASE("a record's weight counts as often as it is drawn") {
  Spread spread;
  spread.add(10, 0.75);
  spread.add(50, 0.25);
  CHECK(spread.mean() == doctest::Approx(20));
  CHECK(spread.most() == 50);
}

TEST_CASE("the longest prompt's record is remembered, the first of equals") {
  PromptSizes sizes;
  sizes.add(3, 20, 0);
  sizes.add(5, 31, 36);
  sizes.add(9, 31, 16);
  CHECK(sizes.records == 3);
  CHECK(sizes.longest_record == 5);
  CHECK(sizes.patches.most() == 36);
}
