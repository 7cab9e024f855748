// The window that a stream is shown in.
#pragma once

#include <cstddef>
#include <cstdio>

namespace crescent {

size_t window_columns(std::FILE* out);  // 80 where that is not known
bool wants_color(std::FILE* out);       // a terminal, and NO_COLOR (no-color.org) is not set or empty

}  // namespace crescent
