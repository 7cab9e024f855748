// How packed attention divides its segments into independent work.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/tensor/segment.hpp"

namespace crescent {

// Segments in families: one without a prefix, then those whose prefix lies in it. Different families touch different
// rows of q, k, v and their gradients, so that they can be computed in any order or at the same time.
struct AttentionPlan {
  std::vector<Segment> segments;     // family after family, each in the order of the batch
  std::vector<int64_t> family_ends;  // of each family, into `segments`
  int64_t longest_keys = 0;          // the largest prefix_length + length
};

// Checks the segments against `rows` and groups them. Throws Error (see packed_attention).
AttentionPlan plan_attention(std::span<const Segment> segments, int64_t rows);

}  // namespace crescent
