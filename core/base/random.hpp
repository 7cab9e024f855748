// Keyed, counter-based random numbers: Philox4x32-10 (Salmon et al., SC 2011). A number is a pure function of its
// key and counter, so results do not depend on batching, order of completion or number of workers.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <numeric>
#include <string_view>
#include <vector>

namespace crescent {

// The raw generator: four 32-bit words from a 128-bit counter and a 64-bit key.
std::array<uint32_t, 4> philox4x32(std::array<uint32_t, 4> counter, std::array<uint32_t, 2> key);

// Names one stream: a run seed, a purpose ("sample", "shuffle", ...) and any identifiers (prompt, visit, sample).
class RandomKey {
 public:
  RandomKey(uint64_t seed, std::string_view purpose, std::initializer_list<uint64_t> ids = {});
  explicit RandomKey(uint64_t raw) : key_(raw) {}
  uint64_t bits(uint64_t position) const;    // 64 random bits at `position` of the stream
  double uniform(uint64_t position) const;   // in [0, 1), 53 bits
  uint64_t below(uint64_t n, uint64_t position) const;  // in [0, n), n >= 1; unbiased to 2^-64
  double normal(uint64_t position) const;    // standard normal (Box-Muller)
  uint64_t raw() const { return key_; }

 private:
  uint64_t key_;
};

// A RandomKey read in sequence. Its whole state is the key and the position, so it is saved and resumed exactly.
class RandomStream {
 public:
  explicit RandomStream(RandomKey key, uint64_t position = 0) : key_(key), position_(position) {}
  uint64_t bits() { return key_.bits(position_++); }
  double uniform() { return key_.uniform(position_++); }
  uint64_t below(uint64_t n) { return key_.below(n, position_++); }
  double normal() { return key_.normal(position_++); }
  int64_t integer(int64_t low, int64_t high) { return low + static_cast<int64_t>(below(high - low + 1)); }  // both ends in
  uint64_t position() const { return position_; }
  void seek(uint64_t position) { position_ = position; }

 private:
  RandomKey key_;
  uint64_t position_;
};

// Fisher-Yates over `items`, by the stream.
template <class T>
void shuffle(std::vector<T>& items, RandomStream& stream) {
  for (size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[stream.below(i)]);
}

}  // namespace crescent
