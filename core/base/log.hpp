// Leveled messages to log.txt and, from `warning` up, to stderr. Passed in; there is no global log.
#pragma once

#include <fmt/format.h>

#include <mutex>
#include <string>
#include <string_view>

#include "core/base/files.hpp"

namespace crescent {

enum class LogLevel { debug, info, warning, error };

class Log {  // any thread
 public:
  Log() = default;                                          // stderr only
  void open(const std::string& path);                       // appends to `path` from now on
  void set_terminal_level(LogLevel level) { terminal_level_ = level; }
  void write(LogLevel level, std::string_view message);
  template <class... Args>
  void info(fmt::format_string<Args...> text, Args&&... args) {
    write(LogLevel::info, fmt::format(text, std::forward<Args>(args)...));
  }
  template <class... Args>
  void warning(fmt::format_string<Args...> text, Args&&... args) {
    write(LogLevel::warning, fmt::format(text, std::forward<Args>(args)...));
  }

 private:
  std::mutex mutex_;
  AppendFile file_;
  bool open_ = false;
  LogLevel terminal_level_ = LogLevel::warning;
};

}  // namespace crescent
