#include "core/base/random.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <set>

using namespace crescent;

// tests/kat_vectors of Random123 1.14 (Salmon et al., SC 2011), lines "philox4x32 10".
TEST_CASE("Philox4x32-10 gives the published known answers") {
  struct Vector {
    std::array<uint32_t, 4> counter;
    std::array<uint32_t, 2> key;
    std::array<uint32_t, 4> answer;
  };
  const Vector vectors[] = {{{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
                            {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
                             {0xffffffff, 0xffffffff},
                             {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
                            {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
                             {0xa4093822, 0x299f31d0},
                             {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}}};
  for (const Vector& v : vectors) CHECK(philox4x32(v.counter, v.key) == v.answer);
}

TEST_CASE("a stream's word is the low half of the Philox block at its position") {
  const RandomKey key(uint64_t{0});
  CHECK(key.bits(0) == 0xe169c58d6627e8d5);
}

TEST_CASE("a stream is named by seed, purpose and each identifier in its place") {
  std::set<uint64_t> keys;
  const RandomKey all[] = {RandomKey(1, "sample"),           RandomKey(2, "sample"),
                           RandomKey(1, "shuffle"),          RandomKey(1, "sample", {0}),
                           RandomKey(1, "sample", {1, 2}),   RandomKey(1, "sample", {2, 1}),
                           RandomKey(1, "sample", {1, 2, 0})};
  for (const RandomKey& key : all) keys.insert(key.raw());
  CHECK(keys.size() == std::size(all));
  CHECK(RandomKey(1, "sample", {1, 2}).raw() == RandomKey(1, "sample", {1, 2}).raw());
}

TEST_CASE("a stream that seeks goes on as the one that never stopped") {
  RandomStream a(RandomKey(7, "data"));
  for (int i = 0; i < 5; ++i) a.uniform();
  RandomStream b(RandomKey(7, "data"), a.position());
  for (int i = 0; i < 5; ++i) CHECK(a.bits() == b.bits());
  a.seek(0);
  CHECK(a.bits() == RandomKey(7, "data").bits(0));
}

TEST_CASE("uniform numbers fill [0, 1) evenly and below(n) reaches each value alike") {
  RandomStream stream(RandomKey(3, "test"));
  constexpr int n = 40000;
  int tenths[10] = {}, sevens[7] = {};
  for (int i = 0; i < n; ++i) {
    const double u = stream.uniform();
    REQUIRE((u >= 0 && u < 1));
    ++tenths[static_cast<int>(u * 10)];
    ++sevens[stream.below(7)];
  }
  const auto chi_square = [](const int* counts, int bins) {
    double sum = 0;
    for (int i = 0; i < bins; ++i) sum += std::pow(counts[i] - double(n) / bins, 2) / (double(n) / bins);
    return sum;
  };
  CHECK(chi_square(tenths, 10) < 27.9);  // .999 quantile, 9 degrees of freedom
  CHECK(chi_square(sevens, 7) < 22.5);   // 6
  CHECK(RandomKey(3, "test").below(1, 0) == 0);
}

TEST_CASE("an integer is drawn with both ends in") {
  RandomStream stream(RandomKey(4, "test"));
  std::set<int64_t> seen;
  for (int i = 0; i < 200; ++i) seen.insert(stream.integer(-2, 2));
  CHECK(seen == std::set<int64_t>{-2, -1, 0, 1, 2});
}

TEST_CASE("normal numbers have the moments of the standard normal") {
  RandomStream stream(RandomKey(5, "test"));
  constexpr int n = 40000;
  double m1 = 0, m2 = 0, m4 = 0;
  for (int i = 0; i < n; ++i) {
    const double x = stream.normal();
    m1 += x / n, m2 += x * x / n, m4 += x * x * x * x / n;
  }
  CHECK(std::abs(m1) < 4 / std::sqrt(n));
  CHECK(std::abs(m2 - 1) < 4 * std::sqrt(2.0 / n));
  CHECK(std::abs(m4 - 3) < 4 * std::sqrt(96.0 / n));
}

TEST_CASE("a shuffle is a permutation, the same for the same stream") {
  std::vector<int> a(50), b(50), sorted(50);
  for (int i = 0; i < 50; ++i) a[i] = b[i] = sorted[i] = i;
  RandomStream x(RandomKey(6, "shuffle")), y(RandomKey(6, "shuffle"));
  shuffle(a, x);
  shuffle(b, y);
  CHECK(a == b);
  CHECK(a != sorted);
  std::sort(a.begin(), a.end());
  CHECK(a == sorted);
}
