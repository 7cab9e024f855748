#include "core/rollout/row_arena.hpp"

#include <iterator>

#include "core/base/error.hpp"

namespace crescent {

RowArena::RowArena(int64_t capacity) {
  if (capacity < 1) fail("a row arena of {} rows; at least 1", capacity);
  free_[0] = capacity;
}

int64_t RowArena::take(int64_t rows) {
  if (rows < 1) fail("{} rows asked of a row arena; at least 1", rows);
  for (auto run = free_.begin(); run != free_.end(); ++run) {
    const auto [start, length] = *run;
    if (length < rows) continue;
    free_.erase(run);
    if (length > rows) free_[start + rows] = length - rows;
    return start;
  }
  return -1;
}

void RowArena::give_back(int64_t start, int64_t rows) {
  auto next = free_.lower_bound(start);
  const bool overlaps_next = next != free_.end() && next->first < start + rows;
  const bool overlaps_previous = next != free_.begin() && std::prev(next)->first + std::prev(next)->second > start;
  if (rows < 1 || overlaps_next || overlaps_previous)
    fail("rows {} to {} given back are free already", start, start + rows);
  auto run = free_.emplace_hint(next, start, rows);
  if (next != free_.end() && next->first == start + rows) {
    run->second += next->second;
    free_.erase(next);
  }
  if (run != free_.begin() && std::prev(run)->first + std::prev(run)->second == start) {
    std::prev(run)->second += run->second;
    free_.erase(run);
  }
}

int64_t RowArena::free_rows() const {
  int64_t rows = 0;
  for (const auto& [start, length] : free_) rows += length;
  return rows;
}

}  // namespace crescent
