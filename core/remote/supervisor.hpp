// Processes that judge for one reward: started when needed, given deadlines, replaced when they fail.
//
// A call that goes wrong (the process crashed, hung, ended or wrote what is no answer) costs a retry: each response
// that has no answer yet is judged again alone, by a fresh process, and what goes wrong then fails that response alone.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "core/base/log.hpp"
#include "core/flow/roles.hpp"
#include "core/process/child.hpp"

namespace crescent {

struct WorkerLimits {
  std::string launcher;  // path of crescent-worker
  int64_t timeout_ms = 10000;
  int64_t start_timeout_ms = 60000;
  int64_t memory_mb = 4096;
  int64_t workers = 1;  // processes at a time
};

struct TimeLimit {
  const char* option;  // that sets it
  int64_t ms;
};
inline TimeLimit answer_limit(const WorkerLimits& limits) { return {"timeout_ms", limits.timeout_ms}; }
// Of a process's first answer: it may load what it needs.
inline TimeLimit start_limit(const WorkerLimits& limits) {
  return limits.start_timeout_ms > limits.timeout_ms ? TimeLimit{"start_timeout_ms", limits.start_timeout_ms}
                                                     : answer_limit(limits);
}

struct Worker {
  std::unique_ptr<Child> child;
  bool retire = false;    // not to be asked again
  bool answered = false;  // ever: it has started
};

struct Fault {
  std::string text;           // "" when there is none
  const char* exceeded = "";  // the option whose time was over
  explicit operator bool() const { return !text.empty(); }
};

// None for Ending::answered; waits for the end of a child that closed its output.
Fault fault_of(Child& child, Child::Ending ending, const TimeLimit& limit);

// Why a response could not be judged, as every reward words it.
std::string failed_sample(const std::string& who, const Sample& sample, std::string_view why);

class Supervisor {  // any thread
 public:
  using Start = std::function<std::unique_ptr<Child>()>;  // ready to be asked; throws Error
  // Has the worker judge the samples: fills `scores` and marks in `answered` what it has said, up to a fault. An
  // exception is a fault as well.
  using Ask = std::function<Fault(Worker&, std::span<const Sample>, std::span<Score>, std::vector<uint8_t>& answered)>;

  // `who` begins each error: `reward "mine"`. `log` may be null.
  Supervisor(std::string who, int64_t workers, Start start, Log* log);

  void add(std::unique_ptr<Child> child);  // one that was started already

  // Fills every score; waits while `workers` other calls are under way.
  void judge(std::span<const Sample> samples, std::span<Score> scores, const Ask& ask);

  const std::string& who() const { return who_; }

 private:
  class Place;
  Fault attempt(Worker& worker, std::span<const Sample> samples, std::span<Score> scores,
                std::vector<uint8_t>& answered, const Ask& ask);
  void judge_alone(Worker& worker, std::span<const Sample> samples, std::span<Score> scores,
                   const std::vector<uint8_t>& answered, const Fault& first, const Ask& ask);
  void log_fault(std::span<const Sample> samples, const Fault& fault);

  std::string who_;
  int64_t free_;  // places for calls
  Start start_;
  Log* log_;
  std::mutex mutex_;
  std::condition_variable freed_;
  std::vector<Worker> idle_;
  bool warned_ = false, warned_slow_ = false;
};

}  // namespace crescent
