#include "core/app/terminal.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cmath>
#include <optional>

namespace crescent {

namespace {

std::optional<double> find(const NamedValues& values, const std::string& name) {
  for (const auto& [key, value] : values)
    if (key == name) return value;
  return std::nullopt;
}

std::string rate(double per_second) {
  return per_second < 10000 ? fmt::format("{:.0f}", per_second) : fmt::format("{:.1f}k", per_second / 1000);
}

// Columns of the window that `out` is shown in; 80 where that is not known.
size_t window_columns(std::FILE* out) {
  winsize window{};
  return ::ioctl(::fileno(out), TIOCGWINSZ, &window) == 0 && window.ws_col > 1 ? window.ws_col : 80;
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

Terminal::Terminal(int64_t total_steps, int64_t first_step, bool live, std::FILE* out)
    : total_steps_(total_steps), live_(live), out_(out) {
  if (first_step > 0) fmt::print(out_, "resuming after step {}\n", first_step);
}

Terminal::~Terminal() {
  if (drawn_) fmt::print(out_, "\n");
}

std::string Terminal::time_left(const StepReport& report) {
  const auto seconds = find(report.timings, "step_s");
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
  if (const auto loss = find(report.metrics, "sft/loss")) text += fmt::format("  loss {:.3f}", *loss);
  if (const auto reward = find(report.metrics, "reward")) text += fmt::format("  reward {:.3f}", *reward);
  if (const auto pass = find(report.metrics, "pass_rate")) text += fmt::format("  passed {:.1f} %", 100 * *pass);
  if (const auto probes = find(report.metrics, "probe_rollouts"); probes && *probes > 0)
    text += fmt::format("  probed {:.0f}", *probes);
  if (const auto tokens = find(report.timings, "rollout_tokens_per_s"))
    text += "  " + rate(*tokens) + " tokens/s";
  else if (const auto trained = find(report.timings, "train_tokens_per_s"))
    text += "  " + rate(*trained) + " tokens/s";
  text += time_left(report);
  for (const char* view : {"text", "caption", "image"})
    if (const auto accuracy = find(report.metrics, fmt::format("val/{}/accuracy", view))) {
      text += fmt::format("  | {} {:.1f}", view, 100 * *accuracy);
      if (const auto sampled = find(report.metrics, fmt::format("val/{}/sampled", view)))
        text += fmt::format(" (sampled {:.1f})", 100 * *sampled);
    }
  return text;
}

void Terminal::step(const StepReport& report) {
  const std::string text = line(report);
  const bool keep = !live_ || text.find('|') != text.npos;  // validations stay on the screen
  if (live_) fmt::print(out_, "\r\033[K");
  fmt::print(out_, "{}{}", keep ? text : cut_to(text, window_columns(out_)), keep ? "\n" : "");
  drawn_ = !keep;
  std::fflush(out_);
}

}  // namespace crescent
