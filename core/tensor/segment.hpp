// A run of rows of a packed batch.
#pragma once

#include <cstdint>

namespace crescent {

// Its queries see the `prefix` rows whole and their own rows causally. The prefix lies inside one segment that has no
// prefix itself: a prompt, shared by the responses of its group.
struct Segment {
  int64_t start = 0, length = 0;
  int64_t prefix_start = 0, prefix_length = 0;
};

}  // namespace crescent
