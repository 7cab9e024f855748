#include "core/text/unicode.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "core/text/pretokenize.hpp"

using namespace crescent;

static std::string utf8(std::u32string_view text) {
  std::string out;
  for (const char32_t c : text) append_utf8(out, c);
  return out;
}

TEST_CASE("code points survive the way through UTF-8") {
  for (const char32_t c :
       {U'\0', U'a', U'\x7F', U'\x80', U'\u07FF', U'\u0800', U'\uFFFD', U'\U00010000', U'\U0010FFFF'}) {
    std::string text;
    append_utf8(text, c);
    size_t at = 0;
    CHECK(find_invalid_utf8(text) == std::string::npos);
    CHECK(next_code_point(text, at) == c);
    CHECK(at == text.size());
  }
}

TEST_CASE("malformed UTF-8 is found at its first byte") {
  const std::pair<std::string, size_t> cases[] = {
      {"ab\x80", 2},            // a continuation alone
      {"\xC0\xAF", 0},          // overlong
      {"\xE0\x80\xAF", 0},      // overlong
      {"x\xED\xA0\x80", 1},     // a surrogate
      {"\xF4\x90\x80\x80", 0},  // past U+10FFFF
      {"ok\xE2\x82", 2},        // cut off
  };
  for (const auto& [text, at] : cases) CHECK(find_invalid_utf8(text) == at);
}

TEST_CASE("each maximal malformed part becomes one replacement character") {
  // Unicode 16, table 3-11 and 3-8.
  CHECK(replace_invalid_utf8("\xE1\x80\xE2\xF0\x91\x92\xF1\xBF\x41") == utf8(U"\uFFFD\uFFFD\uFFFD\uFFFD\u0041"));
  CHECK(replace_invalid_utf8("\xC0\xAF\xE0\x80\xBF\xF0\x81\x82\x41") ==
        utf8(U"\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\u0041"));
  CHECK(replace_invalid_utf8("\xE2\x82\xAC") == "\xE2\x82\xAC");
}

TEST_CASE("spaces are Unicode's White_Space, without the separators U+001C to U+001F and U+180E") {
  for (const char32_t c : U"\t\n\v\f\r \u0085\u00A0\u1680\u2000\u200A\u2028\u2029\u202F\u205F\u3000") {
    if (c != 0) CHECK(char_class(c) == CharClass::space);
  }
  for (const char32_t c : U"\x1C\x1F\u180E\u200B\uFEFF") CHECK(char_class(c) == CharClass::other);
}

TEST_CASE("letters and numbers are those of Unicode 16") {
  CHECK(char_class(U'\U000105C0') == CharClass::letter);  // Todhri, new in 16
  CHECK(char_class(U'\U00011BF0') == CharClass::number);  // Sunuwar digit zero, new in 16
  CHECK(char_class(U'½') == CharClass::number);
  CHECK(char_class(U'Ⅷ') == CharClass::number);
  CHECK(char_class(U'\u0301') == CharClass::other);  // a mark is not a letter
}

TEST_CASE("normal form C composes, orders marks and leaves exclusions apart") {
  CHECK(nfc(utf8(U"e\u0301")) == utf8(U"\u00E9"));
  CHECK(nfc(utf8(U"a\u0301\u0323")) == utf8(U"\u1EA1\u0301"));   // the dot below is ordered first, then joins
  CHECK(nfc(utf8(U"\u0958")) == utf8(U"\u0915\u093C"));          // excluded from composition
  CHECK(nfc(utf8(U"\u212B\u2126")) == utf8(U"\u00C5\u03A9"));    // singletons
  CHECK(nfc(utf8(U"\u1100\u1161\u11A8")) == utf8(U"\uAC01"));    // Hangul by arithmetic
  CHECK(nfc(utf8(U"\u0301a\u0301")) == utf8(U"\u0301\u00E1"));   // a mark without a base stays
  CHECK(nfc(utf8(U"a\u0334\u0301")) == utf8(U"\u00E1\u0334"));   // a lower class between does not block
  CHECK(nfc(utf8(U"a\u0305\u0301")) == utf8(U"a\u0305\u0301"));  // the same class does
}

static std::vector<std::string> pieces(std::string_view text, PreTokenizer pre_tokenizer = PreTokenizer::qwen2) {
  std::vector<std::string> out;
  while (!text.empty()) {
    out.emplace_back(text.substr(0, piece_length(pre_tokenizer, text)));
    text.remove_prefix(out.back().size());
  }
  return out;
}

TEST_CASE("text is cut into pieces as Qwen2's pattern cuts it") {
  using Pieces = std::vector<std::string>;
  CHECK(pieces("sum of the dice ?") == Pieces{"sum", " of", " the", " dice", " ?"});
  CHECK(pieces("red1=2 x 34") == Pieces{"red", "1", "=", "2", " x", " ", "3", "4"});
  CHECK(pieces("it's I'LLx 'ſo") == Pieces{"it", "'s", " I", "'LL", "x", " '", "ſo"});
  CHECK(pieces("'ſo") == Pieces{"'ſ", "o"});
  CHECK(pieces("a  b \n \n  c  ") == Pieces{"a", " ", " b", " \n \n", " ", " c", "  "});
  CHECK(pieces("x);\r\n\r\ny") == Pieces{"x", ");\r\n\r\n", "y"});
  CHECK(pieces("\tx\n\tx") == Pieces{"\tx", "\n", "\tx"});
}

TEST_CASE("GPT-2's pieces keep numbers whole and know small contractions only; SmolLM2's digits stand apart") {
  using Pieces = std::vector<std::string>;
  const std::string_view text = "it's I'LL pay  1234 Äpfel!\n\n \tx";
  CHECK(pieces(text, PreTokenizer::gpt2) ==
        Pieces{"it", "'s", " I", "'", "LL", " pay", " ", " 1234", " Äpfel", "!", "\n\n ", "\t", "x"});
  CHECK(pieces(text, PreTokenizer::smollm2) ==
        Pieces{"it", "'s", " I", "'", "LL", " pay", "  ", "1", "2", "3", "4", " Äpfel", "!", "\n\n ", "\t", "x"});
  // Numbers since Unicode 17: the reference's Digits knows them, its pattern does not.
  CHECK(pieces(utf8(U"!\U00011DE0\U00011DE9"), PreTokenizer::gpt2).size() == 1);
  CHECK(pieces(utf8(U"!\U00011DE0\U00011DE9"), PreTokenizer::smollm2).size() == 3);
}
