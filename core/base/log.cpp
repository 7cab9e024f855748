#include "core/base/log.hpp"

#include <fmt/chrono.h>

#include <cstdio>
#include <ctime>

namespace crescent {

static const char* name_of(LogLevel level) {
  static constexpr const char* names[] = {"debug", "info", "warning", "error"};
  return names[static_cast<int>(level)];
}

void Log::open(const std::string& path) {
  const std::lock_guard lock(mutex_);
  file_ = AppendFile(path);
  open_ = true;
}

void Log::write(LogLevel level, std::string_view message) {
  const std::lock_guard lock(mutex_);
  if (open_) {
    file_.append(
        fmt::format("{:%Y-%m-%dT%H:%M:%SZ} {} {}\n", fmt::gmtime(std::time(nullptr)), name_of(level), message));
    file_.flush();
  }
  if (level >= terminal_level_) fmt::print(stderr, "crescent: {}: {}\n", name_of(level), message);
}

}  // namespace crescent
