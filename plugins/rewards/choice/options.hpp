// The options that a multiple-choice problem lists.
#pragma once

#include <string>
#include <string_view>
#include <vector>

// Texts of A, B, C, ... as the problem's text lists them, at least two; empty where it lists none. Read are "(A) 24",
// "[A] 24", and at the start of a line "A. 24", "A) 24", "A: 24"; of several lists the last one.
inline std::vector<std::string_view> listed_options(std::string_view prompt) {
  struct Mark {
    char letter;
    size_t begin, text;
  };
  const auto space = [](char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; };
  std::vector<Mark> list;
  bool line_start = true;
  for (size_t i = 0; i + 1 < prompt.size(); ++i) {
    const char open = prompt[i], close = open == '(' ? ')' : open == '[' ? ']' : 0;
    const size_t at = i + (close != 0);  // of the letter
    const bool starts = i == 0 || space(prompt[i - 1]);
    const bool letter = at + 1 < prompt.size() && prompt[at] >= 'A' && prompt[at] <= 'J';
    const char next = letter ? prompt[at + 1] : 0;
    const bool bare =
        line_start && (next == '.' || next == ')' || next == ':') && at + 2 < prompt.size() && space(prompt[at + 2]);
    if (starts && letter && (close != 0 ? next == close : bare)) {
      if (prompt[at] == 'A') list.clear();
      if (prompt[at] == static_cast<char>('A' + list.size())) list.push_back({prompt[at], i, at + 2});
    }
    line_start = open == '\n' || (line_start && space(open));
  }
  if (list.size() < 2) return {};
  std::vector<std::string_view> texts;
  for (size_t k = 0; k < list.size(); ++k) {
    const size_t end = k + 1 < list.size() ? list[k + 1].begin : prompt.find('\n', list[k].text);
    std::string_view text = prompt.substr(list[k].text, end == std::string_view::npos ? end : end - list[k].text);
    while (!text.empty() && (space(text.front()) || text.front() == '.' || text.front() == ':')) text.remove_prefix(1);
    while (!text.empty() && (space(text.back()) || text.back() == ',' || text.back() == ';')) text.remove_suffix(1);
    texts.push_back(text);
  }
  return texts;
}
