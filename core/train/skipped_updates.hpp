// Optimizer updates that were skipped because the loss or its gradient was not finite. Each is counted; several in a
// row end the run, because then nothing is learned any more.
#pragma once

#include <cstdint>

namespace crescent {

struct SkippedUpdates {
  static constexpr int64_t kLimit = 3;  // in a row
  int64_t total = 0, in_a_row = 0;      // in the whole run; saved in each checkpoint

  void count(bool skipped) {
    total += skipped;
    in_a_row = skipped ? in_a_row + 1 : 0;
  }
  bool too_many() const { return in_a_row >= kLimit; }
};

}  // namespace crescent
