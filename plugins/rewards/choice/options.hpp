// The options that a multiple-choice problem lists.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace choice {

struct Mark {
  char letter;
  char style;          // what opens or ends it: ( [ . ) :
  bool starts_line;    // nothing but spaces before it
  size_t begin, text;  // of the mark, of what follows it
};

inline bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// "(A)" and "[A]" after a space; "A.", "A)" and "A:" at the start of a line, before a space.
inline std::vector<Mark> marks_in(std::string_view prompt) {
  std::vector<Mark> marks;
  bool line_start = true;
  for (size_t i = 0; i + 1 < prompt.size(); ++i) {
    const char open = prompt[i], close = open == '(' ? ')' : open == '[' ? ']' : 0;
    const size_t at = i + (close != 0);  // of the letter
    const bool letter = at + 1 < prompt.size() && prompt[at] >= 'A' && prompt[at] <= 'J';
    const char next = letter ? prompt[at + 1] : 0;
    const bool bare =
        line_start && (next == '.' || next == ')' || next == ':') && at + 2 < prompt.size() && is_space(prompt[at + 2]);
    const bool enclosed = close != 0 && next == close && (i == 0 || is_space(prompt[i - 1]));
    if (letter && (close != 0 ? enclosed : bare))
      marks.push_back({prompt[at], close != 0 ? open : next, line_start, i, at + 2});
    line_start = open == '\n' || (line_start && is_space(open));
  }
  return marks;
}

inline std::vector<std::string_view> texts_of(std::string_view prompt, const std::vector<Mark>& list) {
  std::vector<std::string_view> texts;
  for (size_t k = 0; k < list.size(); ++k) {
    const size_t end = k + 1 < list.size() ? list[k + 1].begin : prompt.find('\n', list[k].text);
    std::string_view text = prompt.substr(list[k].text, end == std::string_view::npos ? end : end - list[k].text);
    while (!text.empty() && (is_space(text.front()) || text.front() == '.' || text.front() == ':'))
      text.remove_prefix(1);
    while (!text.empty() && (is_space(text.back()) || text.back() == ',' || text.back() == ';')) text.remove_suffix(1);
    texts.push_back(text);
  }
  return texts;
}

// The texts of the last list A, B, ... of one style; a list that lacks a text only mentions the letters.
inline std::vector<std::string_view> last_list(std::string_view prompt, const std::vector<Mark>& marks) {
  std::vector<std::string_view> last;
  for (size_t first = 0; first < marks.size(); ++first) {
    if (marks[first].letter != 'A') continue;
    std::vector<Mark> list = {marks[first]};
    for (size_t i = first + 1; i < marks.size() && !(marks[i].letter == 'A' && marks[i].style == list[0].style); ++i)
      if (marks[i].style == list[0].style && marks[i].letter == static_cast<char>('A' + list.size()))
        list.push_back(marks[i]);
    const std::vector<std::string_view> texts = texts_of(prompt, list);
    bool complete = texts.size() >= 2;
    for (const std::string_view text : texts) complete = complete && !text.empty();
    if (complete) last = texts;
  }
  return last;
}

// Texts of A, B, C, ... as the problem's text lists them, at least two; empty where it lists none. Of several lists it
// is the last one; where options begin lines, letters within a line ("(C) both (A) and (B)") are no marks.
inline std::vector<std::string_view> listed_options(std::string_view prompt) {
  const std::vector<Mark> marks = marks_in(prompt);
  std::vector<Mark> of_lines;
  for (const Mark& mark : marks)
    if (mark.starts_line) of_lines.push_back(mark);
  const std::vector<std::string_view> lines = last_list(prompt, of_lines);
  return lines.empty() ? last_list(prompt, marks) : lines;
}

}  // namespace choice
