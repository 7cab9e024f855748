#include "core/answers/spelling.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace crescent {

namespace {

constexpr std::string_view kSpace = " \t\r\n\f\v";

using Pair = std::pair<std::string_view, std::string_view>;

// Sorted by the first, so that a sign is found by bisection.
constexpr Pair kSigns[] = {
    {"\u00A0", " "},
    {"\u00A2", " cents"},
    {"\u00A3", "\\pounds "},
    {"\u00A5", "\\yen "},
    {"\u00B0", "^\\circ "},
    {"\u00B1", "\\pm "},
    {"\u00B7", "\\cdot "},
    {"\u00BC", "\\frac{1}{4}"},
    {"\u00BD", "\\frac{1}{2}"},
    {"\u00BE", "\\frac{3}{4}"},
    {"\u00D7", "\\times "},
    {"\u00F7", "\\div "},
    {"\u0394", "\\Delta "},
    {"\u03A9", "\\Omega "},
    {"\u03B1", "\\alpha "},
    {"\u03B2", "\\beta "},
    {"\u03B3", "\\gamma "},
    {"\u03B4", "\\delta "},
    {"\u03B5", "\\epsilon "},
    {"\u03B8", "\\theta "},
    {"\u03BB", "\\lambda "},
    {"\u03BC", "\\mu "},
    {"\u03C0", "\\pi "},
    {"\u03C1", "\\rho "},
    {"\u03C3", "\\sigma "},
    {"\u03C4", "\\tau "},
    {"\u03C6", "\\phi "},
    {"\u03C9", "\\omega "},
    {"\u2002", " "},
    {"\u2003", " "},
    {"\u2009", "\\,"},
    {"\u200B", ""},
    {"\u2010", "-"},
    {"\u2011", "-"},
    {"\u2012", "-"},
    {"\u2013", "-"},
    {"\u2018", "'"},
    {"\u2019", "'"},
    {"\u201C", "\""},
    {"\u201D", "\""},
    {"\u2026", "..."},
    {"\u202F", "\\,"},
    {"\u20AC", "\\euro "},
    {"\u211D", "\\mathbb{R}"},
    {"\u2153", "\\frac{1}{3}"},
    {"\u2154", "\\frac{2}{3}"},
    {"\u2205", "\\emptyset "},
    {"\u2208", "\\in "},
    {"\u2212", "-"},
    {"\u2213", "\\mp "},
    {"\u2217", "*"},
    {"\u2219", "\\cdot "},
    {"\u221A", "\\sqrt "},
    {"\u221B", "\\sqrt[3] "},
    {"\u221E", "\\infty "},
    {"\u2227", " and "},
    {"\u2228", " or "},
    {"\u2229", "\\cap "},
    {"\u222A", "\\cup "},
    {"\u2248", "\\approx "},
    {"\u2260", "\\neq "},
    {"\u2264", "\\le "},
    {"\u2265", "\\ge "},
    {"\u22C5", "\\cdot "},
};
static_assert(std::is_sorted(std::begin(kSigns), std::end(kSigns)));

// Superscripts: "¹⁰" must become one group.
constexpr std::pair<std::string_view, char> kRaised[] = {
    {"\u2070", '0'}, {"\u00B9", '1'}, {"\u00B2", '2'}, {"\u00B3", '3'}, {"\u2074", '4'}, {"\u2075", '5'},
    {"\u2076", '6'}, {"\u2077", '7'}, {"\u2078", '8'}, {"\u2079", '9'}, {"\u207B", '-'}, {"\u207F", 'n'}};

size_t character_bytes(unsigned char lead) { return lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4; }

char raised(std::string_view character) {
  for (const auto& [sign, plain] : kRaised)
    if (character == sign) return plain;
  return 0;
}

// Full-width forms of ASCII, U+FF01 to U+FF5E; 0 for anything else.
char from_full_width(std::string_view c) {
  if (c.size() != 3 || c[0] != '\xEF') return 0;
  const unsigned point =
      0xF000u | (static_cast<unsigned char>(c[1]) & 0x3Fu) << 6 | (static_cast<unsigned char>(c[2]) & 0x3Fu);
  return point >= 0xFF01 && point <= 0xFF5E ? static_cast<char>(point - 0xFF01 + 0x21) : 0;
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

std::string_view without_pair(std::string_view text) {
  for (const auto& [open, close] : {Pair{"$$", "$$"}, {"$", "$"}, {"\\(", "\\)"}, {"\\[", "\\]"}, {"**", "**"}}) {
    if (text.size() <= open.size() + close.size() || !text.starts_with(open) || !text.ends_with(close)) continue;
    const std::string_view inside = text.substr(open.size(), text.size() - open.size() - close.size());
    if (!inside.ends_with('\\') && inside.find(open) == std::string_view::npos) return inside;
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

// \text{red} is red, LaTeX's spaces are spaces, and one space stands for a run of them, none beside a comma.
std::string evenly_spaced(std::string_view text) {
  std::string out;
  bool space = false;
  int wrappers = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const std::string_view rest = text.substr(i);
    size_t skip = 0;
    for (const std::string_view wrapper : {"\\text{", "\\textbf{", "\\textit{", "\\textrm{", "\\mathrm{", "\\mbox{"})
      if (rest.starts_with(wrapper)) skip = wrapper.size();
    if (skip > 0) {
      ++wrappers;
      i += skip - 1;
      continue;
    }
    for (const std::string_view blank :
         {"\\,", "\\;", "\\:", "\\!", "\\ ", "~", "\\left", "\\right", "\\displaystyle", "$"})
      if (rest.starts_with(blank)) skip = blank.size();
    if (skip > 0 || kSpace.find(text[i]) != std::string_view::npos) {
      space = space || skip == 0 || rest.starts_with("\\ ") || text[i] == '~';
      i += skip > 0 ? skip - 1 : 0;
      continue;
    }
    if (text[i] == '}' && wrappers > 0) {
      --wrappers;
      continue;
    }
    if (space && !out.empty() && out.back() != ',' && text[i] != ',') out += ' ';
    space = false;
    out += text[i];
  }
  return out;
}

}  // namespace

std::string_view trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

std::string plain_spelling(std::string_view text) {
  std::string out;
  if (std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; }))
    return out.assign(text), out;
  bool in_raised = false;
  for (size_t i = 0; i < text.size();) {
    const std::string_view character = text.substr(i, character_bytes(static_cast<unsigned char>(text[i])));
    i += character.size();
    if (character.size() == 1) {
      out += character;
    } else if (const char digit = raised(character)) {
      if (in_raised)
        out.back() = digit;
      else
        (out += "^{") += digit;
      out += '}';
      in_raised = true;
      continue;
    } else if (const char ascii = from_full_width(character)) {
      out += ascii;
    } else {
      const auto* sign = std::lower_bound(std::begin(kSigns), std::end(kSigns), character,
                                          [](const Pair& pair, std::string_view c) { return pair.first < c; });
      out += sign != std::end(kSigns) && sign->first == character ? sign->second : character;
    }
    in_raised = false;
  }
  return out;
}

std::string_view undecorated(std::string_view text) {
  static constexpr std::string_view wrappers[] = {"\\boxed{",  "\\fbox{",   "\\text{",   "\\textbf{", "\\mathrm{",
                                                  "\\mathbf{", "\\textit{", "\\textrm{", "{"};
  constexpr int kMaxLayers = 16;
  for (int layer = 0; layer < kMaxLayers; ++layer) {
    const size_t before = text.size();
    text = trimmed(text);
    if (text.size() > 1 && (text.ends_with('.') || text.ends_with(',')) && !text.ends_with("..") &&
        !text.ends_with("\\,"))
      text.remove_suffix(1);
    text = without_pair(text);
    for (const std::string_view wrapper : wrappers)
      if (text.starts_with(wrapper) && closing_brace(text, wrapper.size() - 1) == text.size() - 1) {
        text = text.substr(wrapper.size(), text.size() - wrapper.size() - 1);
        break;
      }
    if (text.size() == before) break;
  }
  return text;
}

std::string plain_words(std::string_view text) {
  constexpr std::string_view before = "\"'`*", after = "\"'`*.,;:";
  const std::string spaced = evenly_spaced(trimmed(text));
  text = spaced;
  while (!text.empty() && before.find(text.front()) != std::string_view::npos) text.remove_prefix(1);
  while (text.size() > 1 && after.find(text.back()) != std::string_view::npos && !text.ends_with(".."))
    text.remove_suffix(1);
  std::string out = lower(trimmed(text));
  for (const std::string_view article : {"the ", "an ", "a "})
    if (out.starts_with(article)) {
      out.erase(0, article.size());
      break;
    }
  return out;
}

}  // namespace crescent
