#include "core/script/lexer.hpp"

#include <string>

namespace crescent {

namespace {

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  std::vector<Token> tokens() {
    std::vector<Token> out;
    while (at_ < text_.size()) {
      const size_t begin = at_;
      const int line = line_;
      const char c = text_[at_];
      if (std::isspace(static_cast<unsigned char>(c)) != 0) {
        advance(1);
        continue;
      }
      if (text_.substr(at_, 2) == "--") {
        advance(2);
        if (!long_bracket())
          advance(text_.find('\n', at_) == text_.npos ? text_.size() - at_ : text_.find('\n', at_) - at_);
        continue;
      }
      if (std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_') {
        while (at_ < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[at_])) != 0 || text_[at_] == '_'))
          advance(1);
      } else if (c == '"' || c == '\'') {
        quoted(c);
      } else if (c != '[' || !long_bracket()) {
        const bool pair =
            at_ + 1 < text_.size() && text_[at_ + 1] == '=' && (c == '=' || c == '~' || c == '<' || c == '>');
        advance(pair ? 2 : 1);
      }
      out.push_back({text_.substr(begin, at_ - begin), line});
    }
    return out;
  }

 private:
  void advance(size_t n) {
    for (; n > 0 && at_ < text_.size(); --n) line_ += text_[at_++] == '\n';
  }
  void quoted(char quote) {
    advance(1);
    while (at_ < text_.size() && text_[at_] != quote) advance(text_[at_] == '\\' ? 2 : 1);
    advance(1);
  }
  bool long_bracket() {
    if (at_ >= text_.size() || text_[at_] != '[') return false;
    size_t level = at_ + 1;
    while (level < text_.size() && text_[level] == '=') ++level;
    if (level >= text_.size() || text_[level] != '[') return false;
    const std::string close = "]" + std::string(level - at_ - 1, '=') + "]";
    const size_t end = text_.find(close, level);
    advance(end == text_.npos ? text_.size() - at_ : end + close.size() - at_);
    return true;
  }

  std::string_view text_;
  size_t at_ = 0;
  int line_ = 1;
};

}  // namespace

std::vector<Token> tokens_of(std::string_view source) { return Lexer(source).tokens(); }

}  // namespace crescent
