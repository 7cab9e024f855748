// The integer hash of tests/golden/model_parity.py: numbers in [-1, 1) that depend on a key alone.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace crescent {

inline std::vector<double> noise(const std::string& key, int64_t count) {
  uint32_t h = 2166136261u;
  for (const char c : key) h = (h ^ static_cast<uint8_t>(c)) * 16777619u;
  std::vector<double> out;
  for (int64_t i = 0; i < count; ++i) {
    uint32_t u = static_cast<uint32_t>(i) * 2654435761u + h;
    u ^= u >> 16;
    u *= 0x85EBCA6Bu;
    u ^= u >> 13;
    u *= 0xC2B2AE35u;
    u ^= u >> 16;
    out.push_back(static_cast<double>(u) / 2147483648.0 - 1);
  }
  return out;
}

}  // namespace crescent
