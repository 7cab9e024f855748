// A template's source as tokens, white space controlled as Jinja 3 does it with trim_blocks and lstrip_blocks.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace crescent::jinja {

struct Token {
  enum class Kind { text, output_begin, output_end, tag_begin, tag_end, name, integer, string, symbol, end };
  Kind kind = Kind::end;
  std::string text;  // of a string: without quotes, escapes resolved; of a symbol: as written
  int line = 1;
};

// The last token is of Kind::end. Throws Error at `path` and a line for what is malformed or not implemented.
std::vector<Token> tokens_of(std::string_view source, const std::string& path);

}  // namespace crescent::jinja
