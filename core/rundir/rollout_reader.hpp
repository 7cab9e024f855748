// Reads rollouts/ back, step by step, also while a run is writing it.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/task.hpp"
#include "core/rundir/logged_rollout.hpp"
#include "core/rundir/rollout_frames.hpp"

namespace crescent {

Place line_place(const StepFrame& step, int64_t line);  // "FILE: step 3: line 2", from 1

class RolloutReader {  // any thread, one at a time
 public:
  // Finds the steps, of which only headers are read; a folder without rollouts has none. A last step that is not whole
  // (a run is writing it, or was killed) is left out. Throws Error naming file and byte where a file is damaged.
  explicit RolloutReader(const std::string& run_folder);

  const std::vector<StepFrame>& steps() const { return steps_; }  // ascending
  const StepFrame* find(int64_t step) const;                      // null: not kept

  // Calls `use` for each rollout, of one step or of all in order, until it returns false; memory is bounded by one
  // line. Throws Error naming file, step and line where a frame or line is damaged.
  using Use = std::function<bool(LoggedRollout&& rollout)>;
  static void read_step(const StepFrame& step, RolloutDetail detail, const Use& use);
  void read_all(RolloutDetail detail, const Use& use, const OnProgress& on_progress = {}) const;

 private:
  std::vector<StepFrame> steps_;
};

}  // namespace crescent
