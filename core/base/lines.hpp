// Files of lines that are being appended to.
#pragma once

#include <string>
#include <string_view>

#include "core/base/files.hpp"

namespace crescent {

// Calls `use(line, number)` for each whole line, counted from 1 and without its newline. What stands behind the last
// newline is left out: a file that is being written ends anywhere. Throws Error when it cannot be read.
template <class Use>
void for_each_whole_line(const std::string& path, Use&& use) {
  const std::string text = read_file(path);
  int number = 1;
  for (size_t begin = 0, end; (end = text.find('\n', begin)) != text.npos; begin = end + 1, ++number)
    use(std::string_view(text).substr(begin, end - begin), number);
}

}  // namespace crescent
