#include "core/train/visits.hpp"

#include <cstring>
#include <iterator>

#include "core/base/error.hpp"

namespace crescent {

namespace {
constexpr size_t kEntryBytes = 17;  // u64 prompt, u8 view, u64 count
}

std::string VisitCounter::save_state() const {
  std::string bytes;
  bytes.reserve(counts_.size() * kEntryBytes);
  for (const auto& [key, count] : counts_) {
    char entry[kEntryBytes];
    std::memcpy(entry, &key.first, 8);
    entry[8] = static_cast<char>(key.second);
    std::memcpy(entry + 9, &count, 8);
    bytes.append(entry, kEntryBytes);
  }
  return bytes;
}

void VisitCounter::load_state(std::string_view bytes) {
  if (bytes.size() % kEntryBytes != 0)
    fail("the saved visit counts have {} bytes, not a multiple of {}: the checkpoint is damaged", bytes.size(),
         kEntryBytes);
  std::map<std::pair<uint64_t, View>, uint64_t> counts;
  for (size_t i = 0; i < bytes.size(); i += kEntryBytes) {
    uint64_t prompt = 0, count = 0;
    std::memcpy(&prompt, bytes.data() + i, 8);
    std::memcpy(&count, bytes.data() + i + 9, 8);
    const auto view = static_cast<uint8_t>(bytes[i + 8]);
    if (view >= std::size(kViews))
      fail("the saved visit counts name view {}, which there is not: the checkpoint is damaged", view);
    counts[{prompt, static_cast<View>(view)}] = count;
  }
  counts_ = std::move(counts);
}

}  // namespace crescent
