#include "core/script/field_lines.hpp"

#include "core/script/lexer.hpp"

namespace crescent {

namespace {

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
  if (value.is_table()) Placer(tokens_of(source)).place(call, value);
}

}  // namespace crescent
