#include "core/app/option_texts.hpp"

#include <algorithm>
#include <charconv>

namespace crescent {

namespace {

// What a text looks like: true, 3, 0.5, or a text.
Value guess_value(const std::string& text, const Place& place) {
  const char *begin = text.data(), *end = begin + text.size();
  int64_t integer = 0;
  double number = 0;
  if (text == "true" || text == "false") return Value(text == "true", place);
  if (const auto r = std::from_chars(begin, end, integer); r.ec == std::errc() && r.ptr == end)
    return Value(integer, place);
  if (const auto r = std::from_chars(begin, end, number); r.ec == std::errc() && r.ptr == end)
    return Value(number, place);
  return Value(text, place);
}

// `parts=right,short` as the list that a script would give.
Value list_of(const std::string& names, const Place& place) {
  Table list;
  for (size_t begin = 0; begin <= names.size();) {
    const size_t end = std::min(names.find(',', begin), names.size());
    list.list.emplace_back(names.substr(begin, end - begin), place);
    begin = end + 1;
  }
  return Value(std::move(list), place);
}

}  // namespace

Table guess_options(const Overrides& options) {
  Table table;
  for (const auto& [name, text] : options) {
    const Place place{fmt::format("option {}={}", name, text), 0};
    table.set(name, name == "parts" ? list_of(text, place) : guess_value(text, place));
  }
  return table;
}

}  // namespace crescent
