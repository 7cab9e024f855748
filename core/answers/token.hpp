// Answers as tokens: LaTeX, plain text and Unicode are written in one way, so that the parser sees one language.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/answers/expression.hpp"

namespace crescent {

struct Token {
  enum class Kind : unsigned char {
    number,  // `node` is its value
    word,    // letters in a row, as in "cm" or "xy"
    text,    // a word inside \text{}, \mathrm{} and the like
    name,    // a LaTeX command or Greek letter, without the backslash: frac, sqrt, alpha
    mark,    // everything else, one spelling each: + - * / ^ _ ( ) [ ] { } \{ \} | , ; : = < > <= >= != ...
  };
  Kind kind;
  bool space;             // a space stands before it
  std::string_view text;  // of the source, or a constant
  uint32_t begin, end;    // its place in the source
  NodeId node = kNoNode;

  bool is(std::string_view mark) const { return kind == Kind::mark && text == mark; }
  bool is_letters() const { return kind == Kind::word || kind == Kind::text; }
};

using Tokens = std::span<const Token>;

// Numbers become nodes of `expressions`. `source` must outlive the tokens. A character without meaning becomes the mark
// "?", which no parser accepts. At most source.size() * 4 + 1 tokens, linear time.
std::vector<Token> tokenize(std::string_view source, Expressions& expressions);

// One number at the start of `text`: digits with separators (commas as thousands only where `thousands`), a decimal
// part, a repeating part, an exponent; 0x, 0b and digits with a base (101_2). Its length, 0 for none; TooLarge beyond
// any use.
size_t read_number(std::string_view text, bool thousands, Expressions& expressions, NodeId& node);

// Position of the token that closes the bracket at `open`, or tokens.size().
size_t matching_bracket(Tokens tokens, size_t open);

// +1 for an opening bracket of any kind, -1 for a closing one, else 0.
int bracket_step(const Token& token);

}  // namespace crescent
