#include <vector>

#include "core/answers/answers.hpp"
#include "core/answers/spelling.hpp"

namespace crescent {

namespace {

std::optional<std::string_view> unless_empty(std::string_view text) {
  text = trimmed(text);
  if (text.empty()) return {};
  return text;
}

// Length of "\boxed{" or "\fbox{" at the start of `text`, else 0.
size_t box_opening(std::string_view text) {
  for (const std::string_view opening : {"\\boxed{", "\\fbox{"})
    if (text.starts_with(opening)) return opening.size();
  return 0;
}

// The content of the box that closes last, by one pass; an outer box wins over those inside it.
std::optional<std::string_view> last_box(std::string_view text) {
  struct Open {
    size_t content, depth;
  };
  std::vector<Open> boxes;
  std::optional<std::string_view> found;
  size_t depth = 0;
  for (size_t i = text.find("box") == std::string_view::npos ? text.size() : 0; i < text.size();) {
    if (text[i] == '\\') {
      const size_t opening = box_opening(text.substr(i));
      if (opening > 0) boxes.push_back({i + opening, ++depth});
      i += opening > 0 ? opening : 2;  // \{ and \} are no braces
    } else {
      if (text[i] == '{') ++depth;
      if (text[i] == '}' && depth > 0) {
        if (!boxes.empty() && boxes.back().depth == depth) {
          found = text.substr(boxes.back().content, i - boxes.back().content);
          boxes.pop_back();
        }
        --depth;
      }
      ++i;
    }
  }
  return found;
}

// What follows the thoughts; nothing when they never end.
std::optional<std::string_view> after_thoughts(std::string_view response) {
  constexpr std::string_view open = "<think>", close = "</think>";
  const size_t closed = response.rfind(close), opened = response.rfind(open);
  if (opened != std::string_view::npos && (closed == std::string_view::npos || opened > closed)) return {};
  return closed == std::string_view::npos ? response : response.substr(closed + close.size());
}

std::optional<std::string_view> last_tagged(std::string_view text) {
  constexpr std::string_view open = "<answer>", close = "</answer>";
  const size_t end = text.rfind(close);
  if (end == std::string_view::npos) return {};
  const size_t begin = text.substr(0, end).rfind(open);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin + open.size(), end - begin - open.size());
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// `text` starts with `word`, in any case, and no letter follows.
bool at_word(std::string_view text, std::string_view word) {
  if (text.size() < word.size()) return false;
  for (size_t i = 0; i < word.size(); ++i)
    if ((text[i] | 32) != word[i]) return false;
  return text.size() == word.size() || !is_letter(text[word.size()]);
}

// Where the value begins after "Answer:", "the answer is", "**Answer**:" at the start of `text`; npos for anything
// else.
size_t after_phrase(std::string_view text) {
  size_t at = std::string_view("answer").size();
  bool marked = false;
  for (bool more = true; more && at < text.size();) {
    more = false;
    while (at < text.size() && (text[at] == ' ' || text[at] == '*' || text[at] == ':' || text[at] == '=')) {
      marked = marked || text[at] == ':' || text[at] == '=';
      ++at;
      more = true;
    }
    if (at_word(text.substr(at), "is")) {
      at += 2;
      marked = more = true;
    }
  }
  return marked ? at : std::string_view::npos;
}

// The rest of the line after the last "Answer:", "the answer is" or "####".
std::optional<std::string_view> last_stated(std::string_view text) {
  size_t found = text.rfind("####");
  if (found != std::string_view::npos) found += 4;
  constexpr size_t kWindow = 1 << 16;  // the end of a response is where it settles
  const size_t from = text.size() > kWindow ? text.size() - kWindow : 0;
  for (size_t i = text.size(); i-- > from;) {
    if ((text[i] | 32) != 'a' || (i > 0 && is_letter(text[i - 1])) || !at_word(text.substr(i), "answer")) continue;
    const size_t value = after_phrase(text.substr(i));
    if (value == std::string_view::npos) continue;
    if (found == std::string_view::npos || i + value > found) found = i + value;
    break;
  }
  if (found == std::string_view::npos) return {};
  std::string_view rest = text.substr(found);
  rest = rest.substr(0, rest.find('\n'));
  rest = trimmed(rest);
  while (rest.ends_with("**") && !rest.starts_with("**")) rest = trimmed(rest.substr(0, rest.size() - 2));
  return rest;
}

std::optional<std::string_view> stated_or_all(std::string_view text) {
  const auto stated = last_stated(text);
  return unless_empty(stated ? *stated : text);
}

}  // namespace

std::optional<std::string_view> extract_answer(std::string_view response) {
  const auto rest = after_thoughts(response);
  if (!rest) return {};
  if (const auto tagged = last_tagged(*rest)) {
    const auto box = last_box(*tagged);
    return stated_or_all(box ? *box : *tagged);
  }
  if (const auto box = last_box(*rest)) return stated_or_all(*box);
  if (const auto stated = last_stated(*rest)) return unless_empty(*stated);
  const auto bare = unless_empty(*rest);
  if (!bare || bare->size() > kMaxAnswerBytes || bare->find('\n') != std::string_view::npos) return {};
  return bare;
}

}  // namespace crescent
