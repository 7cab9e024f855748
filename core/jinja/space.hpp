// White space as Python's str.strip and \s see it, at the ends of UTF-8 text.
#pragma once

#include <string_view>

namespace crescent::jinja {

std::string_view trim_left(std::string_view text);
std::string_view trim_right(std::string_view text);

}  // namespace crescent::jinja
