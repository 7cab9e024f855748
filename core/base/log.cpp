#include "core/base/log.hpp"

#include <fmt/chrono.h>

#include <chrono>
#include <cstdio>
#include <ctime>

namespace crescent {

const char* level_name(LogLevel level) {
  static constexpr const char* names[] = {"debug", "info", "warning", "error"};
  return names[static_cast<int>(level)];
}

std::string log_line(int64_t ms_since_1970, LogLevel level, std::string_view message) {
  std::string line =
      fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z {:<7} ", fmt::gmtime(static_cast<std::time_t>(ms_since_1970 / 1000)),
                  ms_since_1970 % 1000, level_name(level));
  for (const char c : message) {
    line += c;
    if (c == '\n') line += "    ";
  }
  return line + "\n";
}

std::string shown_line(LogLevel level, std::string_view message) {
  return fmt::format("crescent: {}: {}\n", level_name(level), message);
}

void Log::open(const std::string& path) {
  const std::lock_guard lock(mutex_);
  file_ = AppendFile(path);
  open_ = true;
}

void Log::show(LogLevel least, Show show) {
  const std::lock_guard lock(mutex_);
  least_shown_ = least;
  show_ = std::move(show);
}

void Log::record(LogLevel level, std::string_view message) {
  const std::lock_guard lock(mutex_);
  if (!open_) return;
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  file_.append(log_line(std::chrono::duration_cast<std::chrono::milliseconds>(now).count(), level, message));
  file_.flush();
}

void Log::write(LogLevel level, std::string_view message) {
  record(level, message);
  const std::lock_guard lock(mutex_);
  if (level < least_shown_) return;
  if (show_)
    show_(level, message);
  else
    std::fputs(shown_line(level, message).c_str(), stderr);
}

}  // namespace crescent
