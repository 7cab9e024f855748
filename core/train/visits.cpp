#include "core/train/visits.hpp"

#include <algorithm>
#include <utility>

#include "core/base/error.hpp"

namespace crescent {

namespace {

// Seven bits a byte, the lowest first; the eighth says that more follow (LEB128).
void put(std::string& bytes, uint64_t value) {
  for (; value >= 128; value >>= 7) bytes += static_cast<char>(128 | (value & 127));
  bytes += static_cast<char>(value);
}

uint64_t take(std::string_view& bytes) {
  uint64_t value = 0;
  for (int shift = 0; shift < 64 && !bytes.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(bytes.front());
    bytes.remove_prefix(1);
    value |= static_cast<uint64_t>(byte & 127) << shift;
    if (byte < 128) return value;
  }
  fail("the saved visit counts end within a number: the checkpoint is damaged");
}

}  // namespace

std::string VisitCounter::save_state() const {
  std::string bytes;
  for (const std::vector<uint32_t>& counts : counts_) {
    put(bytes, counts.size());
    for (const uint32_t count : counts) put(bytes, count);
  }
  return bytes;
}

void VisitCounter::load_state(std::string_view bytes) {
  std::vector<uint32_t> read[std::size(kViews)];
  for (std::vector<uint32_t>& counts : read) {
    const uint64_t n = take(bytes);
    if (n > bytes.size())
      fail("the saved visit counts are of {} prompts, but have {} bytes: the checkpoint is damaged", n, bytes.size());
    counts.reserve(n);
    for (uint64_t i = 0; i < n; ++i) counts.push_back(static_cast<uint32_t>(take(bytes)));
  }
  if (!bytes.empty()) fail("the saved visit counts are followed by {} bytes: the checkpoint is damaged", bytes.size());
  std::swap(counts_, read);
}

}  // namespace crescent
