#include "core/jinja/space.hpp"

namespace crescent::jinja {

namespace {

// Beyond ASCII: U+0085, 00A0, 1680, 2000 to 200A, 2028, 2029, 202F, 205F, 3000.
constexpr std::string_view kWide[] = {"\u0085", "\u00A0", "\u1680", "\u2000", "\u2001", "\u2002", "\u2003",
                                      "\u2004", "\u2005", "\u2006", "\u2007", "\u2008", "\u2009", "\u200A",
                                      "\u2028", "\u2029", "\u202F", "\u205F", "\u3000"};

bool is_narrow(char c) { return (c >= '\t' && c <= '\r') || (c >= '\x1C' && c <= ' '); }

}  // namespace

std::string_view trim_left(std::string_view text) {
  while (!text.empty()) {
    size_t length = is_narrow(text[0]) ? 1 : 0;
    if (static_cast<unsigned char>(text[0]) >= 0x80) {
      for (const std::string_view space : kWide) {
        if (text.starts_with(space)) length = space.size();
      }
    }
    if (length == 0) break;
    text.remove_prefix(length);
  }
  return text;
}

std::string_view trim_right(std::string_view text) {
  while (!text.empty()) {
    size_t length = is_narrow(text.back()) ? 1 : 0;
    if (static_cast<unsigned char>(text.back()) >= 0x80) {
      for (const std::string_view space : kWide) {
        if (text.ends_with(space)) length = space.size();
      }
    }
    if (length == 0) break;
    text.remove_suffix(length);
  }
  return text;
}

}  // namespace crescent::jinja
