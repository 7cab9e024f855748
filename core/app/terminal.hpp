// What a person sees while a run works: one line that is redrawn at a terminal, plain lines when piped.
#pragma once

#include <cstdint>
#include <cstdio>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>

#include "core/base/task.hpp"
#include "core/flow/metrics.hpp"

namespace crescent {

bool stdout_is_terminal();
std::string duration(double seconds);  // "38 s", "2 min 05 s", "3 h 10 min"
double steady_seconds();

class Terminal : public MetricSink {  // [main-thread] but for message
 public:
  // `live`: the line is redrawn in place, else each step is a line and progress within it is not shown. The files are
  // borrowed, and flushed after each line. `clock` counts seconds.
  explicit Terminal(bool live, std::FILE* out = stdout, std::FILE* messages = stderr,
                    std::function<double()> clock = steady_seconds);
  ~Terminal() override;

  // Before the first step. total_steps < 0: not known, because a phase decides at run time; then no time left is shown.
  void begin(int64_t total_steps, int64_t first_step);
  void step(const StepReport& report) override;
  // A task that has lasted .3 s is drawn with a bar and the time it still takes, ten times a second; one that cannot be
  // counted at once, by its name. When it ends, the step before is there again.
  void progress(const TaskProgress& state);
  void message(std::string_view line);  // any thread: on a line of its own
  void end_line();                      // what follows begins on a new line

 private:
  std::string line(const StepReport& report);
  std::string time_left(const StepReport& report);
  std::string bar(const TaskProgress& state, double seconds) const;
  void draw(const std::string& text);  // in place of what is drawn; "" clears it
  bool live_;
  std::FILE *out_, *messages_;
  std::function<double()> clock_;
  std::mutex mutex_;
  int64_t total_steps_ = -1;
  double seconds_per_step_ = 0;  // of this stage, exponentially averaged
  std::string stage_;
  std::string status_, drawn_;              // the latest step's live line; what is on the screen
  std::string task_;                        // under way
  double task_begun_ = 0, task_drawn_ = 0;  // drawn: 0 until it is
};

}  // namespace crescent
