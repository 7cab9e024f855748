#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "tests/plugin/sampler_bench.hpp"

using namespace crescent;
using namespace crescent::testing;

TEST_CASE("uniform shows each prompt once an epoch, in a fresh order, and loses no tail") {
  Pool pool(std::vector<double>(10, 0.5));
  pool.eligible = {1, 2, 4, 5, 6, 7, 9};
  const auto sampler = make_bundled("uniform");
  std::vector<uint64_t> walk;
  for (int i = 0; i < 14; ++i)
    for (const uint64_t p : pool.draw(*sampler, 4)) walk.push_back(p);  // 8 epochs of 7 in batches of 4
  std::set<std::vector<uint64_t>> orders;
  for (size_t epoch = 0; epoch < 8; ++epoch) {
    std::vector<uint64_t> order(walk.begin() + static_cast<long>(7 * epoch),
                                walk.begin() + static_cast<long>(7 * epoch + 7));
    orders.insert(order);
    std::sort(order.begin(), order.end());
    CHECK(order == pool.eligible);
  }
  CHECK(orders.size() == 8);
}

TEST_CASE("uniform depends on the seed, keeps each phase's own place, and goes on exactly where it was saved") {
  Pool pool(std::vector<double>(100, 0.5));
  const auto a = make_bundled("uniform", {}, 1), b = make_bundled("uniform", {}, 2);
  CHECK(pool.draw(*a, 20) != pool.draw(*b, 20));

  Pool other = pool;
  other.phase = "foundation", other.view = View::text;
  const auto alone = make_bundled("uniform", {}, 1);
  pool.draw(*alone, 20);
  other.draw(*a, 33);  // a replayed phase in between
  CHECK(pool.draw(*a, 15) == pool.draw(*alone, 15));

  const std::string state = a->save_state();
  const auto resumed = make_bundled("uniform", {}, 1);
  resumed->load_state(state);
  for (int i = 0; i < 10; ++i) {
    CHECK(pool.draw(*a, 30) == pool.draw(*resumed, 30));
    CHECK(other.draw(*a, 30) == other.draw(*resumed, 30));
  }
  CHECK(a->save_state() == resumed->save_state());
  CHECK(a->weights(pool.context()).empty());
}
