#include "core/base/crc32c.hpp"

#include <array>

namespace crescent {

static constexpr std::array<uint32_t, 256> kTable = [] {
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = value >> 1 ^ (value & 1 ? 0x82F63B78u : 0u);
    table[i] = value;
  }
  return table;
}();

uint32_t crc32c(std::string_view bytes) {
  uint32_t value = 0xFFFFFFFFu;
  for (const char byte : bytes) value = value >> 8 ^ kTable[(value ^ static_cast<uint8_t>(byte)) & 0xFF];
  return ~value;
}

}  // namespace crescent
