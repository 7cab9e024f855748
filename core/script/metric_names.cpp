#include "core/script/metric_names.hpp"

#include <algorithm>

#include "core/script/lexer.hpp"

namespace crescent {

namespace {

// What a quoted literal without escapes says; "" for anything else.
std::string_view literal(std::string_view token) {
  const bool quoted = token.size() >= 2 && (token[0] == '"' || token[0] == '\'') && token.back() == token[0];
  return quoted && token.find('\\') == token.npos ? token.substr(1, token.size() - 2) : std::string_view();
}

}  // namespace

void check_metric_names(const std::string& owner, const FunctionText& function, const std::vector<std::string>& known,
                        Problems& problems) {
  const std::vector<Token> tokens = tokens_of(function.source);
  for (size_t i = 0; i + 3 < tokens.size(); ++i) {
    const int line = tokens[i].line;
    if (line < function.place.line || line > function.last_line || tokens[i].text != function.parameter) continue;
    const std::string_view access = tokens[i + 1].text, method = tokens[i + 2].text;
    if ((access != ":" && access != ".") || (method != "metric" && method != "plateau")) continue;
    const size_t argument = tokens[i + 3].text == "(" ? i + 4 : i + 3;
    const bool whole = argument < tokens.size() && (argument + 1 == tokens.size() || tokens[argument + 1].text != ".");
    const std::string name(whole ? literal(tokens[argument].text) : std::string_view());  // "val/" .. view is not
    if (!name.empty() && std::find(known.begin(), known.end(), name) == known.end())
      problems.add({function.place.file, line}, "{}: m:{} names \"{}\", which validation does not measure{}", owner,
                   method, name, suggestion(name, known));
  }
}

}  // namespace crescent
