#include "core/app/terminal.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cmath>

#include "core/app/window.hpp"

namespace crescent {

namespace {

std::string rate(double per_second) {
  return per_second < 10000 ? fmt::format("{:.0f}", per_second) : fmt::format("{:.1f}k", per_second / 1000);
}

// The beginning of `text` that a line of `columns` holds without wrapping: one column for each code point of UTF-8, and
// the last one free, because some terminals wrap as soon as it is filled.
std::string cut_to(const std::string& text, size_t columns) {
  size_t used = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool begins = (static_cast<unsigned char>(text[i]) & 0xC0) != 0x80;
    if (begins && ++used == columns) return text.substr(0, i);
  }
  return text;
}

}  // namespace

std::string duration(double seconds) {
  const auto s = static_cast<int64_t>(std::llround(seconds));
  if (s < 60) return fmt::format("{} s", s);
  if (s < 3600) return fmt::format("{} min {:02} s", s / 60, s % 60);
  return fmt::format("{} h {:02} min", s / 3600, s / 60 % 60);
}

bool stdout_is_terminal() { return ::isatty(STDOUT_FILENO) == 1; }

double steady_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

Terminal::Terminal(bool live, std::FILE* out, std::FILE* messages, std::function<double()> clock)
    : live_(live), out_(out), messages_(messages), clock_(std::move(clock)) {}

Terminal::~Terminal() { end_line(); }

void Terminal::begin(int64_t total_steps, int64_t first_step) {
  const std::lock_guard lock(mutex_);
  total_steps_ = total_steps;
  draw("");
  if (first_step > 0) std::fputs(fmt::format("resuming after step {}\n", first_step).c_str(), out_);
  std::fflush(out_);
}

std::string Terminal::time_left(const StepReport& report) {
  const auto seconds = find_value(report.timings, "step_s");
  if (!seconds || total_steps_ < 0) return "";
  if (stage_ != report.phase) seconds_per_step_ = *seconds, stage_ = report.phase;
  seconds_per_step_ += 0.1 * (*seconds - seconds_per_step_);
  return fmt::format("  {} left", duration(seconds_per_step_ * static_cast<double>(total_steps_ - report.step)));
}

std::string Terminal::line(const StepReport& report) {
  std::string text =
      total_steps_ < 0 ? fmt::format("step {}", report.step) : fmt::format("step {}/{}", report.step, total_steps_);
  text += "  " + report.phase;
  if (!report.view.empty() && report.step > 0) text += " (" + report.view + ")";
  if (const auto loss = find_value(report.metrics, "sft/loss")) text += fmt::format("  loss {:.3f}", *loss);
  if (const auto reward = find_value(report.metrics, "reward")) text += fmt::format("  reward {:.3f}", *reward);
  if (const auto pass = find_value(report.metrics, "pass_rate")) text += fmt::format("  passed {:.1f} %", 100 * *pass);
  if (const auto probes = find_value(report.metrics, "probe_rollouts"); probes && *probes > 0)
    text += fmt::format("  probed {:.0f}", *probes);
  if (const auto tokens = find_value(report.timings, "rollout_tokens_per_s"))
    text += "  " + rate(*tokens) + " tokens/s";
  else if (const auto trained = find_value(report.timings, "train_tokens_per_s"))
    text += "  " + rate(*trained) + " tokens/s";
  text += time_left(report);
  for (const char* view : {"text", "caption", "image"})
    if (const auto accuracy = find_value(report.metrics, fmt::format("val/{}/accuracy", view))) {
      text += fmt::format("  | {} {:.1f}", view, 100 * *accuracy);
      if (const auto sampled = find_value(report.metrics, fmt::format("val/{}/sampled", view)))
        text += fmt::format(" (sampled {:.1f})", 100 * *sampled);
    }
  return text;
}

void Terminal::draw(const std::string& text) {
  const std::string cut = cut_to(text, window_columns(out_));
  if (!drawn_.empty() || !cut.empty()) std::fputs(("\r\033[K" + cut).c_str(), out_);
  std::fflush(out_);
  drawn_ = cut;
}

void Terminal::step(const StepReport& report) {
  const std::lock_guard lock(mutex_);
  const std::string text = line(report);
  status_.clear();
  if (live_ && text.find('|') == text.npos) {
    draw(status_ = text);
    return;
  }
  draw("");  // a validated step stays on the screen
  std::fputs((text + "\n").c_str(), out_);
  std::fflush(out_);
}

std::string Terminal::bar(const TaskProgress& state, double seconds) const {
  if (state.total == 0) return fmt::format("{} ...", state.task);
  constexpr int64_t kWidth = 20;
  const auto filled = static_cast<size_t>(kWidth * state.done / state.total);
  std::string text = fmt::format("{}  [{:.<20}] {}/{}", state.task, std::string(filled, '#'), state.done, state.total);
  if (state.done > 0)
    text += fmt::format("  {} left", duration(seconds * static_cast<double>(state.total - state.done) /
                                              static_cast<double>(state.done)));
  return text;
}

void Terminal::progress(const TaskProgress& state) {
  constexpr double kShortTask = 0.3, kRedrawn = 0.1;  // seconds
  if (!live_) return;
  const std::lock_guard lock(mutex_);
  if (state.ended) {
    if (task_drawn_ != 0) draw(status_);
    task_.clear();
    task_drawn_ = 0;
    return;
  }
  const double now = clock_();
  if (task_ != state.task) task_ = state.task, task_begun_ = now, task_drawn_ = 0;
  const bool due =
      task_drawn_ == 0 ? state.total == 0 || now - task_begun_ >= kShortTask : now - task_drawn_ >= kRedrawn;
  if (!due) return;
  draw(bar(state, now - task_begun_));
  task_drawn_ = now;
}

void Terminal::message(std::string_view line) {
  const std::lock_guard lock(mutex_);
  const std::string live = drawn_;
  draw("");
  std::fwrite(line.data(), 1, line.size(), messages_);
  std::fflush(messages_);
  if (!live.empty()) draw(live);
}

void Terminal::end_line() {
  const std::lock_guard lock(mutex_);
  if (!drawn_.empty()) std::fputs("\n", out_);
  drawn_.clear();
  status_.clear();
}

}  // namespace crescent
