// Which sequences decode in a step: pure logic, no tensors, no clock. Rows join in the order of the groups as soon as
// a slot and the prefix rows of their group are free, and leave the moment they finish. What it decides follows from
// the group sizes, the prompt lengths, the limits and which rows finished when, so a run can be repeated exactly.
// Method: continuous batching (Orca, Yu et al., OSDI 2022), with one shared prefix a group.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/rollout/row_arena.hpp"

namespace crescent {

struct SchedulerLimits {
  int64_t max_rows = 256;           // sequences decoded in one step
  int64_t prefix_capacity = 65536;  // prompt tokens held at once, all groups together
};

struct GroupShape {
  int64_t prompt_tokens = 0, rows = 0;  // both at least 1
};

// One sequence while it decodes.
struct ActiveRow {
  int64_t slot = 0;    // [0, max_rows): its place in the cache, its own until it finishes
  size_t group = 0;    // index of the group it belongs to
  int64_t sample = 0;  // [0, rows) within the group
};

// A group whose prompt has to be prefilled, and where its prefix rows go.
struct JoiningGroup {
  size_t group = 0;
  int64_t prefix_start = 0;
};

struct Admission {
  std::vector<JoiningGroup> groups;  // to prefill now, in order
  std::vector<ActiveRow> rows;       // that start now, in order; some may belong to groups prefilled before
};

class Scheduler {  // [any one thread]
 public:
  // Throws Error when a group could never run: no rows, or a prompt longer than the prefix capacity.
  Scheduler(std::vector<GroupShape> groups, SchedulerLimits limits);

  // Fills the free slots with the rows that wait, in order; the caller prefills the groups and starts the rows.
  Admission admit();
  // Ordered by group, then sample, so that rows sharing a prefix are neighbours.
  const std::vector<ActiveRow>& active() const { return active_; }
  int64_t prefix_start(size_t group) const { return progress_[group].prefix_start; }
  // Takes out the active rows whose entry in `finished` [active().size()] is 1 and frees their slots and, after the
  // last row of a group, its prefix. Returns the groups completed by this, in order.
  std::vector<size_t> leave(std::span<const uint8_t> finished);
  bool done() const { return waiting_ == groups_.size() && active_.empty(); }

 private:
  struct Progress {
    int64_t started = 0, finished = 0, prefix_start = -1;
  };
  std::vector<GroupShape> groups_;
  SchedulerLimits limits_;
  RowArena prefixes_;
  std::vector<Progress> progress_;  // [groups]
  std::vector<ActiveRow> active_;
  std::vector<int64_t> free_slots_;  // descending: the lowest free slot is at the back
  size_t waiting_ = 0;               // first group with rows that have not started
};

}  // namespace crescent
