#include "core/app/window.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>

namespace crescent {

size_t window_columns(std::FILE* out) {
  winsize window{};
  return ::ioctl(::fileno(out), TIOCGWINSZ, &window) == 0 && window.ws_col > 1 ? window.ws_col : 80;
}

bool wants_color(std::FILE* out) {
  const char* no_color = std::getenv("NO_COLOR");
  return ::isatty(::fileno(out)) == 1 && (no_color == nullptr || *no_color == '\0');
}

}  // namespace crescent
