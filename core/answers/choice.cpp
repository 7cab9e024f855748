#include "core/answers/choice.hpp"

#include <algorithm>

#include "core/answers/spelling.hpp"

namespace crescent {

namespace {

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         static_cast<unsigned char>(c) >= 0x80;
}

char letter_of(char c) {
  const char upper = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  return upper >= 'A' && upper <= 'J' ? upper : 0;
}

bool starts_with_word(std::string_view text, std::string_view word) {
  return text.size() > word.size() &&
         std::equal(word.begin(), word.end(), text.begin(), [](char a, char b) { return a == (b | 32); }) &&
         (text[word.size()] == ' ' || text[word.size()] == ':');
}

// A letter of another option that stands alone: before ")", "." or ":", after "(", or at the end behind "or" and "and".
bool names_another(std::string_view text, char letter) {
  for (size_t i = 0; i < text.size(); ++i) {
    const char found = letter_of(text[i]);
    if (found == 0 || found == letter || text[i] != found) continue;  // upper case alone
    if ((i > 0 && (is_alphanumeric(text[i - 1]) || text[i - 1] == '\\')) ||
        (i + 1 < text.size() && is_alphanumeric(text[i + 1])))
      continue;
    const char next = i + 1 < text.size() ? text[i + 1] : 0, before = i > 0 ? text[i - 1] : 0;
    const std::string_view lead = text.substr(0, i);
    if (next == ')' || next == '.' || next == ':' || before == '(' || lead.ends_with("or ") || lead.ends_with("and ") ||
        lead.ends_with(", "))
      return true;
  }
  return false;
}

// What follows the mark of the option, without its LaTeX dress.
std::string_view option_text(std::string_view rest) {
  for (size_t before = rest.size() + 1; rest.size() < before;) {
    before = rest.size();
    rest = trimmed(rest);
    for (const std::string_view blank : {"}", "\\ ", "\\,", "\\;", "\\quad", "\\qquad", ":", "**", "~"})
      if (rest.starts_with(blank)) rest.remove_prefix(blank.size());
  }
  return rest;
}

}  // namespace

std::optional<Choice> read_choice(std::string_view text) {
  text = trimmed(text);
  for (const std::string_view word : {"option", "choice", "answer"})
    if (starts_with_word(text, word)) text = trimmed(text.substr(word.size() + 1));
  for (const std::string_view dress : {"\\textbf{", "\\text{", "\\mathrm{", "\\mathbf{", "**"})
    if (text.starts_with(dress)) text.remove_prefix(dress.size());
  text = trimmed(text);
  if (text.empty()) return {};
  const char open = text.front() == '(' || text.front() == '[' ? text.front() : 0;
  if (open != 0) text.remove_prefix(1);
  const char letter = text.empty() ? 0 : letter_of(text.front());
  if (letter == 0) return {};
  const bool upper = text.front() == letter;
  std::string_view rest = text.substr(1);
  if (open != 0) {
    if (rest.empty() || rest.front() != (open == '(' ? ')' : ']')) return {};
    rest.remove_prefix(1);
    // "(a)b" and "(e)^2" are products
    if (!rest.empty() && rest.front() != ' ' && rest.front() != '}' && rest.front() != '\\' && rest.front() != '.' &&
        rest.front() != ':' && rest.front() != '*')
      return {};
    if (rest.starts_with(". ") || rest == ".") rest.remove_prefix(1);
  } else if (!rest.empty()) {
    const char mark = rest.front();
    if (mark != ')' && mark != '.' && !(mark == ':' && upper) && mark != '}' && mark != '*') return {};
    if (mark == '.' && rest.size() > 1 && rest[1] != ' ' && rest[1] != '}' && rest[1] != '\\') return {};
    if (mark == '.' || mark == ')' || mark == ':') rest.remove_prefix(1);
  }
  rest = option_text(rest);
  if (names_another(rest, letter)) return {};
  for (const std::string_view hedge : {"or ", "and ", "or", "and", ",", "/", "+", "-", "^", "=", "not "})
    if (rest.starts_with(hedge)) return {};
  return Choice{letter, rest};
}

}  // namespace crescent
