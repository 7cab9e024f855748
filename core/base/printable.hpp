// Text from a plugin or script as the log, metrics and JSON can take it.
#pragma once

#include <string>
#include <string_view>

namespace crescent {

// What is not UTF-8 or is a control character becomes '?'; a line's end or a tab becomes a space.
std::string printable(std::string_view text);

bool is_utf8(std::string_view text);

}  // namespace crescent
