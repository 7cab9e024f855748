// clock.jsonl: how long each GRPO step took the first time it was made, for phases with a budget of time. A resumed run
// makes some steps again; what was decided by the clock then must be decided again, so the first time stands: the file
// is never cut back, and of several lines of a step the first one counts.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "core/base/files.hpp"

namespace crescent {

class StepClock {  // [main-thread]
 public:
  explicit StepClock(const std::string& path);  // reads what is there; throws Error when it is damaged
  // What the step took the first time, which `seconds` is unless it is known already.
  double note(int64_t step, double seconds);
  double sum(int64_t first_step, int64_t last_step) const;  // of what is known, in the order of the steps

 private:
  std::map<int64_t, double> seconds_;
  AppendFile file_;
};

}  // namespace crescent
