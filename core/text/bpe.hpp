// Merging by rank: neighbours whose merge has the lowest rank join first, the leftmost first among equals.
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

namespace crescent {

class MergeTable {
 public:
  void reserve(size_t merges) { merges_.reserve(merges); }
  void add(int32_t left, int32_t right, int32_t rank, int32_t merged);
  // Merges `symbols` in place until no pair has a rank. O(n log n) in their number.
  void merge(std::vector<int32_t>& symbols) const;

 private:
  struct Merge {
    int32_t rank, merged;
  };
  const Merge* find(int32_t left, int32_t right) const;
  std::unordered_map<uint64_t, Merge> merges_;  // by left << 32 | right
};

}  // namespace crescent
