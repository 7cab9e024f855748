#include "core/script/field_lines.hpp"

#include <cctype>
#include <vector>

namespace crescent {

namespace {

struct Token {
  std::string_view text;
  int line;
  bool is_name() const { return std::isalpha(static_cast<unsigned char>(text[0])) || text[0] == '_'; }
};

// Names, strings and single characters; comments left out. Numbers come in pieces, which does no harm here.
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

class Placer {
 public:
  explicit Placer(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

  void place(const std::string& call, Value& value) {
    for (size_t i = 1; i < tokens_.size(); ++i) {
      if (tokens_[i].line < value.place.line || tokens_[i].text != call) continue;
      if (tokens_[i - 1].text != ":" && tokens_[i - 1].text != ".") continue;
      if (is(i + 1, "(")) ++i;
      if (is(i + 1, "{")) table(i + 2, std::get<Table>(value.data));
      return;
    }
  }

 private:
  bool is(size_t i, std::string_view text) const { return i < tokens_.size() && tokens_[i].text == text; }

  static int nesting(std::string_view t) {
    if (t == "(" || t == "[" || t == "{" || t == "function" || t == "if" || t == "do" || t == "repeat") return 1;
    if (t == ")" || t == "]" || t == "}" || t == "end" || t == "until") return -1;
    return 0;
  }

  // To the , ; or } that ends the expression at i.
  size_t skip_expression(size_t i) const {
    int depth = 0;
    for (; i < tokens_.size(); ++i) {
      const std::string_view t = tokens_[i].text;
      if (depth == 0 && (t == "," || t == ";" || t == "}")) return i;
      depth += nesting(t);
    }
    return i;
  }

  // Entries of the table whose { stands before i; returns what follows its }.
  size_t table(size_t i, Table& out) {
    size_t position = 0;
    while (i < tokens_.size() && !is(i, "}")) {
      const int line = tokens_[i].line;
      Value* target = nullptr;
      if (tokens_[i].is_name() && is(i + 1, "=")) {
        for (auto& [name, value] : out.fields)
          if (name == tokens_[i].text) target = &value;
        i += 2;
      } else if (position < out.list.size()) {
        target = &out.list[position++];
      }
      if (target != nullptr) target->place.line = line;
      if (target != nullptr && target->is_table() && is(i, "{")) i = table(i + 1, std::get<Table>(target->data));
      i = skip_expression(i);
      if (is(i, ",") || is(i, ";")) ++i;
    }
    return i + 1;
  }

  std::vector<Token> tokens_;
};

}  // namespace

void place_fields(const std::string& source, const std::string& call, Value& value) {
  if (value.is_table()) Placer(Lexer(source).tokens()).place(call, value);
}

}  // namespace crescent
