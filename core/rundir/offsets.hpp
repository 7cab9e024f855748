// How far the append-only files of a run directory had grown when a checkpoint was made.
#pragma once

#include <cstdint>

namespace crescent {

// Bytes of whole lines. timings.jsonl has none: what clocks wrote differs between two runs, so it is cut back by step
// and a checkpoint stays reproducible.
struct Offsets {
  int64_t step = 0;               // last step whose lines are kept; -1: none, not even step 0
  uint64_t metrics = 0;           // metrics.jsonl
  uint64_t vps = 0;               // vps.jsonl
  int64_t rollouts_segment = -1;  // first step of the newest file in rollouts/; -1: there was none
  uint64_t rollouts = 0;          // bytes of that file
};

}  // namespace crescent
