#include "plugins/samplers/variance_aware/diversity.hpp"

#include <doctest/doctest.h>

#include <fstream>

#include "core/base/json.hpp"
#include "core/base/random.hpp"
#include "tests/plugin/building.hpp"

using namespace crescent;
using namespace crescent::plugin;

namespace {

using Lists = std::vector<std::vector<int32_t>>;

Thoughts thoughts_of(const Lists& lists) {
  Thoughts out;
  for (const auto& list : lists) out.push_back({list.data(), list.size()});
  return out;
}

uint64_t plain_edit_distance(const std::vector<int32_t>& a, const std::vector<int32_t>& b) {
  std::vector<uint64_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    uint64_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const uint64_t best = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1])});
      diagonal = row[j];
      row[j] = best;
    }
  }
  return row[b.size()];
}

Lists random_lists(size_t n, size_t length, uint64_t letters, uint64_t seed) {
  RandomStream random{RandomKey(seed, "lists")};
  Lists lists(n);
  for (auto& list : lists)
    for (size_t i = 0; i < length; ++i) list.push_back(static_cast<int32_t>(random.below(letters)));
  return lists;
}

}  // namespace

TEST_CASE("diversities equal an independent implementation's (tests/golden/diversity.py)") {
  const Json golden = read_json_file(testing::source("tests/golden/diversity.json"));
  REQUIRE(golden.size() >= 12);
  for (const Json& c : golden) {
    CAPTURE(c["thoughts"].dump());
    const Lists lists = c["thoughts"].get<Lists>();
    CHECK(self_bleu_diversity(thoughts_of(lists)) == doctest::Approx(c["self_bleu"].get<double>()).epsilon(1e-12));
    CHECK(distinct_diversity(thoughts_of(lists)) == doctest::Approx(c["distinct"].get<double>()).epsilon(1e-12));
    CHECK(edit_distance_diversity(thoughts_of(lists)) ==
          doctest::Approx(c["edit_distance"].get<double>()).epsilon(1e-12));
  }
}

TEST_CASE("equal thoughts have no diversity and different ones have most: self-BLEU is inverted") {
  for (const size_t length : {0, 1, 2, 3, 40}) {
    CAPTURE(length);
    const Lists same(4, std::vector<int32_t>(length, 7));
    CHECK(self_bleu_diversity(thoughts_of(same)) == doctest::Approx(0));
    CHECK(edit_distance_diversity(thoughts_of(same)) == 0);
  }
  const Lists different = {{1, 2, 3, 4}, {5, 6, 7, 8}, {9, 10, 11, 12}};
  CHECK(self_bleu_diversity(thoughts_of(different)) == 1);
  CHECK(distinct_diversity(thoughts_of(different)) == 1);
  CHECK(edit_distance_diversity(thoughts_of(different)) == 1);
  Lists mixed = different;
  mixed[1] = mixed[0];
  CHECK(self_bleu_diversity(thoughts_of(mixed)) < 1);
  CHECK(self_bleu_diversity(thoughts_of(mixed)) > 0);
}

TEST_CASE("random thoughts of 300 tokens are diverse, and padding them to 4096 would hide it") {
  Lists lists = random_lists(8, 300, 20000, 3);  // few words in common, as in the published figures
  CHECK(1 - self_bleu_diversity(thoughts_of(lists)) < 0.01);
  for (auto& list : lists) list.resize(4096, 0);  // what the published code measures
  CHECK(1 - self_bleu_diversity(thoughts_of(lists)) == doctest::Approx(0.93).epsilon(0.02));
}

TEST_CASE("the block edit distance is the textbook's, over block boundaries too") {
  for (uint64_t seed = 0; seed < 120; ++seed) {
    const auto a = random_lists(1, (seed * 13) % 200, 4, seed)[0],
               b = random_lists(1, (seed * 29) % 190, 4, seed + 1000)[0];
    CAPTURE(seed);
    const std::vector<uint32_t> from(a.begin(), a.end()), to(b.begin(), b.end());
    EditDistance distance(from, 4);
    CHECK(distance.to(to) == plain_edit_distance(a, b));
    CHECK(distance.to(from) == 0);
    CHECK(distance.to(to) == plain_edit_distance(a, b));  // nothing is left of the call before
  }
}
