#include "core/text/pretokenize.hpp"

#include "core/text/unicode.hpp"

namespace crescent {

namespace {

constexpr char32_t kLongS = 0x17F;  // the one code point outside ASCII that (?i:s) matches

struct Scanner {
  std::string_view text;
  bool ends_at_digit = false;

  bool at_end(size_t at) const { return at >= text.size() || (ends_at_digit && is_digit(at)); }
  bool is_newline(size_t at) const { return text[at] == '\r' || text[at] == '\n'; }
  bool is_digit(size_t at) const {
    return class_at(at) == CharClass::number || (static_cast<uint8_t>(text[at]) >= 0xF0 && is_new_number(at));
  }
  // Digits has Unicode 17, the patterns' classes are Unicode 16's: these are the numbers that came between.
  bool is_new_number(size_t at) const {
    const char32_t c = next_code_point(text, at);
    return (c >= 0x11DE0 && c <= 0x11DE9) || (c >= 0x16FF4 && c <= 0x16FF6);
  }
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

  // 's|'t|'re|'ve|'m|'ll|'d; 0: no match.
  size_t contraction() const {
    for (const std::string_view word : {"'s", "'t", "'re", "'ve", "'m", "'ll", "'d"}) {
      if (text.starts_with(word)) return word.size();
    }
    return 0;
  }

  // (?i:'s|'t|'re|'ve|'m|'ll|'d); 0: no match.
  size_t contraction_of_any_case() const {
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

  // `\s+(?!\S)|\s+`: the whole run, but for the last one before something else.
  size_t spaces() const {
    size_t end = 0, last = 0;
    while (is(end, CharClass::space)) {
      last = end;
      end = after(end);
    }
    return at_end(end) || last == 0 ? end : last;
  }

  // `\s*[\r\n]+`: up to the last newline of the run; 0: there is none.
  size_t lines() const {
    size_t after_newline = 0;
    for (size_t at = 0; is(at, CharClass::space); at = after(at)) {
      if (is_newline(at)) after_newline = at + 1;
    }
    return after_newline;
  }
};

size_t qwen2_piece_length(std::string_view text) {
  const Scanner scan{text};
  if (const size_t length = scan.contraction_of_any_case()) return length;
  const CharClass first = scan.class_at(0);
  const size_t second = scan.after(0);
  if (first == CharClass::letter) return scan.skip(second, CharClass::letter);
  if (first == CharClass::number) return second;
  if (!scan.is_newline(0) && scan.is(second, CharClass::letter)) return scan.skip(second, CharClass::letter);
  if (first == CharClass::other) return scan.punctuation(0);
  if (text[0] == ' ' && scan.is(second, CharClass::other)) return scan.punctuation(second);
  if (const size_t length = scan.lines()) return length;
  return scan.spaces();
}

size_t gpt2_piece_length(const Scanner& scan) {
  if (const size_t length = scan.contraction()) return length;
  const size_t start = scan.text[0] == ' ' && !scan.at_end(1) && !scan.is(1, CharClass::space) ? 1 : 0;
  const CharClass first = scan.class_at(start);
  return first == CharClass::space ? scan.spaces() : scan.skip(start, first);
}

size_t smollm2_piece_length(std::string_view text) {
  const Scanner scan{text, /*ends_at_digit=*/true};
  return scan.at_end(0) ? scan.after(0) : gpt2_piece_length(scan);
}

}  // namespace

size_t piece_length(PreTokenizer pre_tokenizer, std::string_view text) {
  switch (pre_tokenizer) {
    case PreTokenizer::qwen2:
      return qwen2_piece_length(text);
    case PreTokenizer::gpt2:
      return gpt2_piece_length({text});
    case PreTokenizer::smollm2:
      return smollm2_piece_length(text);
  }
  return text.size();
}

}  // namespace crescent
