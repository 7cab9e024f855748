#include "core/answers/calendar.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace crescent {

namespace {

constexpr size_t kLongest = 48;  // bytes of a date or a time

// Lower-case words, numbers and single marks; spaces, commas, points and what LaTeX wraps around words fall away.
std::vector<std::string> pieces_of(std::string_view text) {
  std::vector<std::string> out;
  const auto kind = [](char c) {
    return c >= '0' && c <= '9' ? 1 : (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ? 2 : 0;
  };
  int last = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text.substr(i).starts_with("\\text{") || text.substr(i).starts_with("\\mathrm{")) {
      i = text.find('{', i);
      last = 0;
      continue;
    }
    const char c = text[i];
    const int now = kind(c);
    if (now == 0) {
      // "p.m." is one word
      if (c != '.' || last != 2 || out.back().size() != 1) last = 0;
      if (c == ':' || c == '-' || c == '/') out.emplace_back(1, c);
      if (std::string_view(" ,.:-/}\\\t").find(c) == std::string_view::npos) out.emplace_back("?");
      continue;
    }
    if (now != last) out.emplace_back();
    out.back() += now == 2 ? static_cast<char>(c | 32) : c;
    last = now;
  }
  return out;
}

int number_of(const std::string& piece, size_t digits) {
  if (piece.empty() || piece.size() > digits || piece[0] < '0' || piece[0] > '9') return -1;
  return std::stoi(piece);
}

int month_of(const std::string& piece) {
  constexpr std::string_view names[] = {"january", "february", "march",     "april",   "may",      "june",
                                        "july",    "august",   "september", "october", "november", "december"};
  for (int m = 0; m < 12; ++m)
    if (piece == names[m] || piece == names[m].substr(0, 3) || (m == 8 && piece == "sept")) return m + 1;
  return 0;
}

bool is_ordinal(const std::string& piece) { return piece == "st" || piece == "nd" || piece == "rd" || piece == "th"; }

bool is_day(const CalendarDate& date) {
  constexpr int days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return date.month >= 1 && date.month <= 12 && date.day >= 1 && date.day <= days[date.month - 1];
}

}  // namespace

std::optional<CalendarDate> read_date(std::string_view text) {
  if (text.size() > kLongest || text.size() < 4) return {};
  std::vector<std::string> pieces = pieces_of(text);
  if (pieces.size() == 5 && pieces[1] == "-" && pieces[3] == "-" && pieces[0].size() == 4) {
    const CalendarDate date{number_of(pieces[0], 4), number_of(pieces[2], 2), number_of(pieces[4], 2)};
    if (date.year > 0 && is_day(date)) return date;
    return {};
  }
  std::erase_if(pieces, [](const std::string& p) { return is_ordinal(p) || p == "of" || p == "the"; });
  if (pieces.size() != 2 && pieces.size() != 3) return {};
  const bool month_first = month_of(pieces[0]) > 0;
  CalendarDate date{0, month_of(pieces[month_first ? 0 : 1]), number_of(pieces[month_first ? 1 : 0], 2)};
  if (pieces.size() == 3) {
    date.year = pieces[2].size() == 4 ? number_of(pieces[2], 4) : -1;
    if (date.year <= 0) return {};
  }
  if (!is_day(date)) return {};
  return date;
}

std::optional<ClockTime> read_time(std::string_view text) {
  if (text.size() > kLongest || text.size() < 3) return {};
  std::vector<std::string> pieces = pieces_of(text);
  if (pieces.empty()) return {};
  if (pieces.size() == 1 && (pieces[0] == "noon" || pieces[0] == "midnight"))
    return ClockTime{pieces[0] == "noon" ? 43200 : 0};
  const std::string half = pieces.back();
  const bool am = half == "am", pm = half == "pm", noon = half == "noon", midnight = half == "midnight";
  const bool named = am || pm || noon || midnight;
  if (named) pieces.pop_back();
  int fields[3] = {0, 0, 0};
  size_t n = 0;
  for (size_t i = 0; i < pieces.size(); ++i) {
    if (i % 2 == 1) {
      if (pieces[i] != ":") return {};
      continue;
    }
    const int value = number_of(pieces[i], 2);
    if (value < 0 || n == 3 || (n > 0 && pieces[i].size() != 2)) return {};
    fields[n++] = value;
  }
  if (n == 0 || pieces.size() % 2 == 0 || (n == 1 && !named) || fields[1] > 59 || fields[2] > 59) return {};
  if (named ? fields[0] < 1 || fields[0] > 12 : fields[0] > 23) return {};
  if ((noon || midnight) && (fields[0] != 12 || fields[1] != 0 || fields[2] != 0)) return {};
  if (am || midnight) fields[0] %= 12;
  if (pm) fields[0] = fields[0] % 12 + 12;
  return ClockTime{fields[0] * 3600 + fields[1] * 60 + fields[2], named || fields[0] > 12};
}

}  // namespace crescent
