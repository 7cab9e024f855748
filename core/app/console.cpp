#include "core/app/console.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "core/app/json_events.hpp"
#include "core/app/result_table.hpp"
#include "core/base/error.hpp"

namespace crescent {

int exit_code_of(const std::exception& error) {
  const auto* ours = dynamic_cast<const Error*>(&error);
  return ours != nullptr && ours->kind() == ErrorKind::usage ? 2 : 1;
}

Console::Console(OutputMode mode, bool live, std::FILE* out)
    : mode_(mode), out_(out), terminal_(live && mode == OutputMode::lines, out) {
  on_progress_ = [this](const TaskProgress& state) { progress(state); };
}

void Console::attach(Log& log, LogLevel least) {
  log_ = &log;
  log.show(least, [this](LogLevel level, std::string_view text) { terminal_.message(shown_line(level, text)); });
}

void Console::print(const std::string& text) {
  terminal_.end_line();
  std::fputs(text.c_str(), out_);
  std::fflush(out_);
}

void Console::begin(const std::string& run, int64_t total_steps, int64_t first_step) {
  if (mode_ == OutputMode::lines) terminal_.begin(total_steps, first_step);
  if (mode_ == OutputMode::json) print(start_event(run, first_step, total_steps));
}

void Console::step(const StepReport& report) {
  if (mode_ == OutputMode::lines) terminal_.step(report);
  if (mode_ == OutputMode::json) print(step_event(report));
}

void Console::progress(const TaskProgress& state) {
  constexpr double kLong = 1;  // seconds a task must last to be noted, and between two lines of json
  const double now = steady_seconds();
  if (task_ != state.task) task_ = state.task, task_begun_ = task_told_ = now;
  if (mode_ == OutputMode::lines) terminal_.progress(state);
  if (mode_ == OutputMode::json && !state.ended && now - task_told_ >= kLong) {
    print(progress_event(state));
    task_told_ = now;
  }
  if (!state.ended) return;
  if (log_ != nullptr && now - task_begun_ >= kLong) log_->debug("{}: {:.1f} s", state.task, now - task_begun_);
  task_.clear();
}

// "" where the run has none.
static std::string report_of(const std::string& run) {
  const std::string path = run + "/report.html";
  return std::filesystem::is_regular_file(path) ? path : "";
}

static std::string report_line(const std::string& run) {
  const std::string report = report_of(run);
  return report.empty() ? "" : fmt::format("report: {}\n", report);
}

void Console::finished(const RunConfig& config, const std::string& run) {
  if (mode_ == OutputMode::json)
    print(finished_event(run, report_of(run), result_json(config, run)));
  else
    print(fmt::format("{}{}\nrun directory: {}\n{}", mode_ == OutputMode::quiet ? "" : "\n", result_table(config, run),
                      run, report_line(run)));
}

void Console::finished_before(const RunConfig& config, const std::string& run) {
  if (mode_ == OutputMode::json)
    print(finished_event(run, report_of(run), result_json(config, run)));
  else if (mode_ == OutputMode::quiet)
    print(result_table(config, run));
  else
    print(fmt::format("{} is finished\n\n{}{}", run, result_table(config, run), report_line(run)));
}

void Console::profile(const std::string& text) {
  if (mode_ == OutputMode::lines) print("\n" + text);
}

void Console::interrupted(const std::string& run) {
  if (mode_ == OutputMode::json) print(interrupted_event(run));
  if (mode_ == OutputMode::lines)
    print(fmt::format("\ninterrupted and saved; the same command goes on from here: {}\n", run));
}

void Console::failed(const std::string& error, int exit_code) {
  if (mode_ == OutputMode::json) print(failed_event(error, exit_code));
  terminal_.end_line();
}

}  // namespace crescent
