// What a person sees while a run works: one line that is redrawn at a terminal, plain lines when piped.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>

#include "core/flow/metrics.hpp"

namespace crescent {

class Terminal : public MetricSink {  // [main-thread]
 public:
  // total_steps < 0: not known, because a phase decides at run time; then no time left is shown.
  // `out` is borrowed, and flushed after each step.
  Terminal(int64_t total_steps, int64_t first_step, bool live, std::FILE* out = stdout);
  ~Terminal() override;
  void step(const StepReport& report) override;

 private:
  std::string line(const StepReport& report);
  std::string time_left(const StepReport& report);
  int64_t total_steps_;
  bool live_;
  std::FILE* out_;
  bool drawn_ = false;           // an unfinished line is on the screen
  double seconds_per_step_ = 0;  // of this stage, exponentially averaged
  std::string stage_;
};

std::string duration(double seconds);  // "38 s", "2 min 05 s", "3 h 10 min"

bool stdout_is_terminal();

}  // namespace crescent
