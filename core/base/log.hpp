// Leveled messages: every one to log.txt, and those of the chosen levels to a person. Passed in; there is no global
// log.
#pragma once

#include <fmt/format.h>

#include <functional>
#include <mutex>
#include <string>
#include <string_view>

#include "core/base/files.hpp"

namespace crescent {

// debug: what was done and how long it took. info: what a reader of the run wants to know (data, sessions, phases with
// their reasons). warning: it goes on, but not as one would expect. error: what ended it.
enum class LogLevel { debug, info, warning, error };
const char* level_name(LogLevel level);

class Log {  // any thread
 public:
  using Show = std::function<void(LogLevel level, std::string_view message)>;

  Log() = default;                       // shows warnings and errors on stderr
  void open(const std::string& path);    // appends to `path` from now on
  void show(LogLevel least, Show show);  // to a person, from that level up
  void write(LogLevel level, std::string_view message);
  void record(LogLevel level, std::string_view message);  // to the file alone: the person is told in another way
  template <class... Args>
  void debug(fmt::format_string<Args...> text, Args&&... args) {
    write(LogLevel::debug, fmt::format(text, std::forward<Args>(args)...));
  }
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
  LogLevel least_shown_ = LogLevel::warning;
  Show show_;  // empty: stderr
};

// A line of log.txt: UTC to the millisecond, level, text; further lines of the text are indented.
std::string log_line(int64_t ms_since_1970, LogLevel level, std::string_view message);
// As it stands on stderr: "crescent: warning: text\n".
std::string shown_line(LogLevel level, std::string_view message);

}  // namespace crescent
