#include "core/tensor/attention_plan.hpp"

#include <algorithm>

#include "core/base/error.hpp"

namespace crescent {
namespace {

void check_cover(std::span<const Segment> segments, int64_t rows) {
  int64_t next = 0;
  for (size_t i = 0; i < segments.size(); ++i) {
    const Segment& s = segments[i];
    if (s.length < 1) fail("attention: segment {} is empty; every segment holds at least one row", i);
    if (s.start != next) {
      fail("attention: segment {} starts at row {}, expected {}: segments cover the rows in order without gaps", i,
           s.start, next);
    }
    next += s.length;
  }
  if (next != rows) fail("attention: the segments cover {} rows, the batch has {}", next, rows);
}

// The index of the segment that holds `row`.
size_t segment_at(std::span<const Segment> segments, int64_t row) {
  const auto after =
      std::upper_bound(segments.begin(), segments.end(), row, [](int64_t r, const Segment& s) { return r < s.start; });
  return static_cast<size_t>(after - segments.begin()) - 1;
}

size_t family_of(std::span<const Segment> segments, size_t i, int64_t rows) {
  const Segment& s = segments[i];
  if (s.prefix_length == 0) return i;
  const int64_t end = s.prefix_start + s.prefix_length;
  if (s.prefix_length < 0 || s.prefix_start < 0 || end > rows) {
    fail("attention: the prefix of segment {}, rows {} to {}, is outside the batch of {} rows", i, s.prefix_start, end,
         rows);
  }
  const size_t root = segment_at(segments, s.prefix_start);
  const Segment& holder = segments[root];
  if (end > holder.start + holder.length || holder.prefix_length != 0 || root == i) {
    fail("attention: the prefix of segment {}, rows {} to {}, does not lie inside one segment without a prefix", i,
         s.prefix_start, end);
  }
  return root;
}

}  // namespace

AttentionPlan plan_attention(std::span<const Segment> segments, int64_t rows) {
  check_cover(segments, rows);
  std::vector<std::vector<size_t>> families(segments.size());
  for (size_t i = 0; i < segments.size(); ++i) {
    if (segments[i].prefix_length == 0) families[i].push_back(i);
  }
  for (size_t i = 0; i < segments.size(); ++i) {
    if (segments[i].prefix_length != 0) families[family_of(segments, i, rows)].push_back(i);
  }
  AttentionPlan plan;
  plan.segments.reserve(segments.size());
  for (const auto& family : families) {
    if (family.empty()) continue;
    for (const size_t i : family) {
      plan.segments.push_back(segments[i]);
      plan.longest_keys = std::max(plan.longest_keys, segments[i].prefix_length + segments[i].length);
    }
    plan.family_ends.push_back(static_cast<int64_t>(plan.segments.size()));
  }
  return plan;
}

}  // namespace crescent
