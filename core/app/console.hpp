// What `crescent run` says on stdout and stderr, in each of its modes.
#pragma once

#include <cstdio>
#include <exception>
#include <string>

#include "core/app/terminal.hpp"
#include "core/base/log.hpp"
#include "core/experiment/run_config.hpp"

namespace crescent {

// lines: a line a step and the table. quiet: the table alone. json: an object for each event (json_events.hpp).
// Warnings and errors are on stderr in each of them.
enum class OutputMode { lines, quiet, json };

// What the program ends with: 2 for a usage Error, 1 for anything else.
int exit_code_of(const std::exception& error);

class Console : public MetricSink {  // [main-thread] but for what attach() lets through
 public:
  // `out` is borrowed and flushed after each line.
  Console(OutputMode mode, bool live, std::FILE* out = stdout);
  // Shows the log's messages from `least` up on stderr, and notes there each task that took a second. Both must live
  // until the last of these calls; the log ends first.
  void attach(Log& log, LogLevel least);

  const OnProgress& on_progress() const { return on_progress_; }
  void begin(const std::string& run, int64_t total_steps, int64_t first_step);
  void step(const StepReport& report) override;
  void finished(const RunConfig& config, const std::string& run);         // the table
  void finished_before(const RunConfig& config, const std::string& run);  // nothing was done
  void profile(const std::string& text);  // where the time went; shown with the lines of steps only
  void interrupted(const std::string& run);
  void failed(const std::string& error, int exit_code);  // the message itself is left to the caller

 private:
  void print(const std::string& text);
  void progress(const TaskProgress& state);
  OutputMode mode_;
  std::FILE* out_;
  Terminal terminal_;
  OnProgress on_progress_;
  Log* log_ = nullptr;
  std::string task_;                       // under way
  double task_begun_ = 0, task_told_ = 0;  // told: json
};

}  // namespace crescent
