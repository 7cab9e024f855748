// How far a long piece of work has come. Who does the work counts; who listens decides what is shown, and how often.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace crescent {

struct TaskProgress {
  std::string_view task;        // "step 12: rollouts", "reading train.jsonl"
  int64_t done = 0, total = 0;  // total 0: it cannot be counted
  bool ended = false;           // also where an error ended it
};
using OnProgress = std::function<void(const TaskProgress&)>;  // must not throw; empty: nobody listens

// One task, from construction to destruction. `listener` is borrowed.
class Task {  // [main-thread]
 public:
  Task(const OnProgress& listener, std::string task, int64_t total = 0)
      : listener_(listener), task_(std::move(task)), total_(total) {
    tell(false);
  }
  ~Task() { tell(true); }
  Task(const Task&) = delete;
  void advance(int64_t count = 1) {
    done_ += count;
    tell(false);
  }

 private:
  void tell(bool ended) const {
    if (listener_) listener_({task_, done_, total_, ended});
  }
  const OnProgress& listener_;
  std::string task_;
  int64_t total_, done_ = 0;
};

}  // namespace crescent
