#include "core/text/pretokenize.hpp"

#include "core/text/unicode.hpp"

namespace crescent {

namespace {

constexpr char32_t kLongS = 0x17F;  // the one code point outside ASCII that (?i:s) matches

struct Scanner {
  std::string_view text;

  bool at_end(size_t at) const { return at >= text.size(); }
  bool is_newline(size_t at) const { return text[at] == '\r' || text[at] == '\n'; }
  CharClass class_at(size_t at) const {
    const auto lead = static_cast<uint8_t>(text[at]);
    return lead < 0x80 ? char_class(lead) : char_class(next_code_point(text, at));
  }
  size_t after(size_t at) const {
    next_code_point(text, at);
    return at;
  }
  bool is(size_t at, CharClass wanted) const { return !at_end(at) && class_at(at) == wanted; }
  size_t skip(size_t at, CharClass wanted) const {
    while (is(at, wanted)) at = after(at);
    return at;
  }

  // (?i:'s|'t|'re|'ve|'m|'ll|'d); 0: no match.
  size_t contraction() const {
    if (text.size() < 2 || text[0] != '\'') return 0;
    size_t at = 1;
    const char32_t c = next_code_point(text, at);
    if (c == kLongS) return at;
    const auto lower = [](char x) { return static_cast<char>(x >= 'A' && x <= 'Z' ? x + 32 : x); };
    const char first = c < 0x80 ? lower(static_cast<char>(c)) : '\0', second = at_end(at) ? '\0' : lower(text[at]);
    if (first == 's' || first == 't' || first == 'm' || first == 'd') return 2;
    if ((first == 'r' || first == 'v') && second == 'e') return 3;
    return first == 'l' && second == 'l' ? 3 : 0;
  }

  // ` ?[^\s\p{L}\p{N}]+[\r\n]*` from `at`, where the optional space is behind.
  size_t punctuation(size_t at) const {
    at = skip(at, CharClass::other);
    while (!at_end(at) && is_newline(at)) ++at;
    return at;
  }

  // `\s*[\r\n]+|\s+(?!\S)|\s+`: up to the last newline of the run; else all of it but the one before something else.
  size_t spaces() const {
    size_t end = 0, last = 0, after_newline = 0;
    while (is(end, CharClass::space)) {
      last = end;
      end = after(end);
      if (is_newline(last)) after_newline = end;
    }
    if (after_newline > 0) return after_newline;
    return at_end(end) || last == 0 ? end : last;
  }
};

}  // namespace

size_t qwen2_piece_length(std::string_view text) {
  const Scanner scan{text};
  if (const size_t length = scan.contraction()) return length;
  const CharClass first = scan.class_at(0);
  const size_t second = scan.after(0);
  if (first == CharClass::letter) return scan.skip(second, CharClass::letter);
  if (first == CharClass::number) return second;
  if (!scan.is_newline(0) && scan.is(second, CharClass::letter)) return scan.skip(second, CharClass::letter);
  if (first == CharClass::other) return scan.punctuation(0);
  if (text[0] == ' ' && scan.is(second, CharClass::other)) return scan.punctuation(second);
  return scan.spaces();
}

}  // namespace crescent
