// A script's text in pieces, as far as finding names and literals in it needs.
#pragma once

#include <cctype>
#include <string_view>
#include <vector>

namespace crescent {

struct Token {
  std::string_view text;  // within the source
  int line;
  bool is_name() const { return std::isalpha(static_cast<unsigned char>(text[0])) || text[0] == '_'; }
};

// Names, strings (with their quotes) and single characters; comments left out. Numbers come in pieces.
std::vector<Token> tokens_of(std::string_view source);

}  // namespace crescent
