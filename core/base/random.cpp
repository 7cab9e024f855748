#include "core/base/random.hpp"

#include <cmath>

#include "core/base/hash.hpp"

namespace crescent {

__extension__ typedef unsigned __int128 Wide;

std::array<uint32_t, 4> philox4x32(std::array<uint32_t, 4> c, std::array<uint32_t, 2> k) {
  for (int round = 0; round < 10; ++round) {
    const uint64_t p0 = uint64_t{0xD2511F53} * c[0];
    const uint64_t p1 = uint64_t{0xCD9E8D57} * c[2];
    c = {static_cast<uint32_t>(p1 >> 32) ^ c[1] ^ k[0], static_cast<uint32_t>(p1),
         static_cast<uint32_t>(p0 >> 32) ^ c[3] ^ k[1], static_cast<uint32_t>(p0)};
    k[0] += 0x9E3779B9;
    k[1] += 0xBB67AE85;
  }
  return c;
}

RandomKey::RandomKey(uint64_t seed, std::string_view purpose, std::initializer_list<uint64_t> ids) {
  Hasher hasher;
  hasher.add(seed).add(purpose);
  for (const uint64_t id : ids) hasher.add(id);
  key_ = hasher.digest().low;
}

uint64_t RandomKey::bits(uint64_t position) const {
  const auto words = philox4x32({static_cast<uint32_t>(position), static_cast<uint32_t>(position >> 32), 0, 0},
                                {static_cast<uint32_t>(key_), static_cast<uint32_t>(key_ >> 32)});
  return uint64_t{words[1]} << 32 | words[0];
}

double RandomKey::uniform(uint64_t position) const { return static_cast<double>(bits(position) >> 11) * 0x1p-53; }

uint64_t RandomKey::below(uint64_t n, uint64_t position) const {
  return static_cast<uint64_t>((static_cast<Wide>(bits(position)) * n) >> 64);
}

double RandomKey::normal(uint64_t position) const {
  const uint64_t word = bits(position);  // two 32-bit uniforms are enough for an initialisation
  const double u = (static_cast<double>(static_cast<uint32_t>(word)) + 0.5) * 0x1p-32;
  const double v = (static_cast<double>(static_cast<uint32_t>(word >> 32)) + 0.5) * 0x1p-32;
  return std::sqrt(-2.0 * std::log(u)) * std::cos(2.0 * 3.14159265358979323846 * v);
}

}  // namespace crescent
