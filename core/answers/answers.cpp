#include "core/answers/answers.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "core/answers/number.hpp"

namespace crescent {

namespace {

constexpr std::string_view kSpace = " \t\r\n\f\v";

std::string_view trim(std::string_view text) {
  const size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

std::optional<std::string_view> unless_empty(std::string_view text) {
  text = trim(text);
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

// Closing brace of the '{' at `open`, or npos.
size_t closing_brace(std::string_view text, size_t open) {
  size_t depth = 0;
  for (size_t i = open; i < text.size(); ++i) {
    if (text[i] == '\\')
      ++i;
    else if (text[i] == '{')
      ++depth;
    else if (text[i] == '}' && --depth == 0)
      return i;
  }
  return std::string_view::npos;
}

// Takes off what only decorates: $...$, \(...\), \text{...}, **...**, a final full stop.
std::string_view undecorated(std::string_view text) {
  static constexpr std::pair<std::string_view, std::string_view> pairs[] = {
      {"$$", "$$"}, {"$", "$"}, {"\\(", "\\)"}, {"\\[", "\\]"}, {"**", "**"}};
  static constexpr std::string_view wrappers[] = {"\\boxed{",  "\\fbox{",   "\\text{", "\\textbf{",
                                                  "\\mathrm{", "\\mathbf{", "{"};
  for (size_t before = text.size() + 1; text.size() < before;) {
    before = text.size();
    text = trim(text);
    if (text.size() > 1 && text.ends_with('.')) text.remove_suffix(1);
    for (const auto& [open, close] : pairs)
      if (text.size() > open.size() + close.size() && text.starts_with(open) && text.ends_with(close)) {
        const std::string_view inside = text.substr(open.size(), text.size() - open.size() - close.size());
        if (inside.find(open) == std::string_view::npos) text = inside;
      }
    for (const std::string_view wrapper : wrappers)
      if (text.starts_with(wrapper) && closing_brace(text, wrapper.size() - 1) == text.size() - 1)
        text = text.substr(wrapper.size(), text.size() - wrapper.size() - 1);
  }
  return text;
}

// Lower case for ASCII and for the Latin-1, Greek and Cyrillic letters of two UTF-8 bytes.
std::string lower(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if ((c & 0xE0) == 0xC0 && i + 1 < text.size()) {
      unsigned point = (c & 0x1Fu) << 6 | (static_cast<unsigned char>(text[++i]) & 0x3Fu);
      if ((point >= 0xC0 && point <= 0xDE && point != 0xD7) || (point >= 0x391 && point <= 0x3A9) ||
          (point >= 0x410 && point <= 0x42F))
        point += 0x20;
      else if (point >= 0x400 && point <= 0x40F)
        point += 0x50;
      out += static_cast<char>(0xC0 | point >> 6);
      out += static_cast<char>(0x80 | (point & 0x3F));
    } else {
      out += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : static_cast<char>(c);
    }
  }
  return out;
}

// One space for any run of them, none beside a comma.
std::string evenly_spaced(std::string_view text) {
  std::string out;
  bool space = false;
  for (const char c : text) {
    if (kSpace.find(c) != std::string_view::npos) {
      space = true;
      continue;
    }
    if (space && !out.empty() && out.back() != ',' && c != ',') out += ' ';
    space = false;
    out += c;
  }
  return out;
}

std::string words(std::string_view text) {
  constexpr std::string_view before = "\"'`*", after = "\"'`*.,;:";
  while (!text.empty() && before.find(text.front()) != std::string_view::npos) text.remove_prefix(1);
  while (text.size() > 1 && after.find(text.back()) != std::string_view::npos) text.remove_suffix(1);
  // (B), [B] and B) are the choice B; brackets around several things are intervals or tuples and stay.
  if (text.size() >= 3 &&
      ((text.front() == '(' && text.back() == ')') || (text.front() == '[' && text.back() == ']')) &&
      text.substr(1, text.size() - 2).find_first_of(",()[]") == std::string_view::npos)
    text = text.substr(1, text.size() - 2);
  if (text.size() >= 2 && text.back() == ')' && text.find('(') == std::string_view::npos &&
      text.find('[') == std::string_view::npos)
    text.remove_suffix(1);
  std::string out = lower(evenly_spaced(trim(text)));
  for (const std::string_view article : {"the ", "an ", "a "})
    if (out.starts_with(article)) {
      out.erase(0, article.size());
      break;
    }
  return out;
}

}  // namespace

std::optional<std::string_view> extract_answer(std::string_view response) {
  const auto rest = after_thoughts(response);
  if (!rest) return {};
  if (const auto tagged = last_tagged(*rest)) {
    const auto box = last_box(*tagged);
    return unless_empty(box ? *box : *tagged);
  }
  if (const auto box = last_box(*rest)) return unless_empty(*box);
  const auto bare = unless_empty(*rest);
  if (!bare || bare->size() > kMaxAnswerBytes || bare->find('\n') != std::string_view::npos) return {};
  return bare;
}

bool same_answer(std::string_view given, std::string_view gold) {
  given = trim(given);
  gold = trim(gold);
  if (given.empty() || gold.empty() || given.size() > kMaxAnswerBytes || gold.size() > kMaxAnswerBytes) return false;
  given = undecorated(given);
  gold = undecorated(gold);
  const auto a = parse_number(given), b = parse_number(gold);
  if (a && b) return same_number(*a, *b);
  const std::string given_words = words(given);
  return !given_words.empty() && given_words == words(gold);
}

}  // namespace crescent
