#include "core/show/page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "core/text/unicode.hpp"

namespace crescent {

namespace {

constexpr size_t kLeastColumns = 20;  // for text in a window that is narrower still
constexpr size_t kLabelColumns = 10;

// C0, DEL, C1, and the marks that reorder what stands around them.
bool is_control(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

// The blocks of Unicode's East Asian Width W and F, roughly: whole blocks, not single characters.
size_t columns_of(char32_t c) {
  struct Range {
    char32_t first, last;
  };
  static constexpr Range wide[] = {{0x1100, 0x115F}, {0x2E80, 0x303E},   {0x3041, 0xA4CF},  {0xA960, 0xA97F},
                                   {0xAC00, 0xD7A3}, {0xF900, 0xFAFF},   {0xFE30, 0xFE6F},  {0xFF00, 0xFF60},
                                   {0xFFE0, 0xFFE6}, {0x1F300, 0x1FAFF}, {0x20000, 0x3FFFD}};
  for (const Range& range : wide)
    if (c >= range.first && c <= range.last) return 2;
  return 1;
}

void wrap_line(std::string_view line, size_t columns, std::vector<std::string>& out) {
  constexpr size_t none = std::string_view::npos;
  size_t begin = 0, used = 0, space = none;
  for (size_t at = 0; at < line.size();) {
    const size_t here = at;
    const char32_t c = next_code_point(line, at);
    if (used + columns_of(c) > columns && here > begin) {
      const size_t end = c == ' ' ? here : space != none ? space : here;
      out.emplace_back(line.substr(begin, end - begin));
      begin = at = end < line.size() && line[end] == ' ' ? end + 1 : end;
      used = 0;
      space = none;
      continue;
    }
    if (c == ' ' && line.substr(begin, here - begin).find_first_not_of(' ') != none) space = here;
    used += columns_of(c);
  }
  out.emplace_back(line.substr(begin));
}

}  // namespace

std::string visible(std::string_view text) {
  const std::string valid = replace_invalid_utf8(text);
  std::string out;
  for (size_t at = 0; at < valid.size();) {
    const char32_t c = next_code_point(valid, at);
    if (c == '\n')
      out += '\n';
    else if (c == '\t')
      out += "    ";
    else if (is_control(c))
      out += c < 0x100 ? fmt::format("\\x{:02x}", static_cast<uint32_t>(c))
                       : fmt::format("\\u{:04x}", static_cast<uint32_t>(c));
    else
      append_utf8(out, c);
  }
  return out;
}

std::vector<std::string> wrap(std::string_view text, size_t columns) {
  const std::string shown = visible(text);
  std::vector<std::string> lines;
  for (size_t begin = 0;;) {
    const size_t end = shown.find('\n', begin);
    wrap_line(std::string_view(shown).substr(begin, end - begin), std::max(columns, kLeastColumns), lines);
    if (end == shown.npos) return lines;
    begin = end + 1;
  }
}

std::string Page::paint(std::string_view text, Ink ink) const {
  static constexpr const char* codes[] = {"", "\x1b[1m", "\x1b[2m", "\x1b[32m", "\x1b[31m"};
  if (!screen_.color || ink == Ink::plain) return std::string(text);
  return codes[static_cast<int>(ink)] + std::string(text) + "\x1b[0m";
}

void Page::block(std::string_view text, size_t indent, Ink ink) {
  for (const std::string& part : wrap(text, screen_.columns - std::min(screen_.columns, indent)))
    line(part.empty() ? "" : std::string(indent, ' ') + paint(part, ink));
}

std::string Page::label_column(std::string_view label) const {
  return paint(fmt::format("{:<{}}", label, kLabelColumns), Ink::faint);
}

void Page::path(std::string_view label, std::string_view path) { line(label_column(label) + visible(path)); }

void Page::field(std::string_view label, std::string_view text) {
  std::string begin = label_column(label);
  for (const std::string& part : wrap(text, screen_.columns - std::min(screen_.columns, kLabelColumns))) {
    line(begin + part);
    begin.assign(kLabelColumns, ' ');
  }
}

}  // namespace crescent
