#include "plugins/samplers/draw_tree.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>

#include "core/base/random.hpp"

using namespace crescent;
using namespace crescent::plugin;

namespace {

// The plain way: the running sum in order of places.
uint64_t plain_find(const std::vector<double>& weights, double target) {
  uint64_t last = weights.size();
  for (uint64_t i = 0; i < weights.size(); ++i) {
    if (weights[i] <= 0) continue;
    last = i;
    if (target < weights[i]) return i;
    target -= weights[i];
  }
  return last;
}

}  // namespace

TEST_CASE("a place is found where the running sum passes the target, for pools of any size and after any change") {
  RandomStream random{RandomKey(4, "draw_tree")};
  for (const uint64_t size : {1u, 2u, 63u, 64u, 65u, 128u, 1000u, 4097u}) {
    CAPTURE(size);
    std::vector<PoolEntry> entries(size);
    const double unseen = 0.25;
    const auto renew = [&](uint64_t i) {  // whole numbers, so that both ways of adding up agree to the bit
      entries[i].seen = random.below(4) != 0;
      entries[i].weight = static_cast<double>(random.below(5));
      entries[i].never = entries[i].weight == 0;
    };
    for (uint64_t i = 0; i < size; ++i) renew(i);
    const auto entry_at = [&](uint64_t i) { return entries[i]; };
    DrawTree tree;
    tree.build(size, entry_at);
    for (int round = 0; round < 50; ++round) {
      std::vector<double> weights;
      for (const PoolEntry& e : entries) weights.push_back(e.seen ? e.weight : unseen);
      const double total = std::accumulate(weights.begin(), weights.end(), 0.0);
      CHECK(tree.total().mass(unseen) == total);
      CHECK(tree.total().unseen == std::count_if(entries.begin(), entries.end(), [](auto& e) { return !e.seen; }));
      for (int k = 0; k < 20 && total > 0; ++k) {
        const double target = random.uniform() * total;
        CHECK(tree.find(target, unseen) == plain_find(weights, target));
      }
      if (total > 0) CHECK(tree.find(total, unseen) == plain_find(weights, total));  // rounded up to the end
      const uint64_t i = random.below(size);
      renew(i);
      tree.update(i, entry_at);
    }
  }
}

TEST_CASE("a place without weight is never found") {
  std::vector<PoolEntry> entries(300);
  for (PoolEntry& e : entries) e.seen = true;
  entries[170].weight = 1e-300;
  DrawTree tree;
  tree.build(300, [&](uint64_t i) { return entries[i]; });
  for (const double u : {0.0, 0.5, 1.0}) CHECK(tree.find(u * tree.total().weight, 1.0) == 170);
}
