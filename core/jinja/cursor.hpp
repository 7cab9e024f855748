// The tokens of a template, one after the other, for its parsers.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/error.hpp"
#include "core/jinja/lexer.hpp"

namespace crescent::jinja {

inline constexpr int kMaxDepth = 100;  // of an expression's tree, and of tags and brackets inside of each other

class Cursor {
 public:
  using Kind = Token::Kind;

  Cursor(std::vector<Token> tokens, std::string path) : tokens_(std::move(tokens)), path_(std::move(path)) {}

  // Counts how deep the parser itself is, which recurses as the template nests.
  class Level {
   public:
    explicit Level(Cursor& cursor) : cursor_(cursor) {
      if (++cursor_.level_ > kMaxDepth) cursor_.error(fmt::format("nested more than {} deep", kMaxDepth));
    }
    ~Level() { --cursor_.level_; }

   private:
    Cursor& cursor_;
  };

  [[noreturn]] void error(std::string message) const { throw Error(std::move(message), {path_, token().line}); }
  [[noreturn]] void not_implemented(std::string_view what) const { error(fmt::format("{} is not implemented", what)); }

  const Token& token(size_t ahead = 0) const { return tokens_[std::min(at_ + ahead, tokens_.size() - 1)]; }
  Token take() { return tokens_[at_ + 1 < tokens_.size() ? at_++ : at_]; }
  bool is(Kind kind, std::string_view text, size_t ahead = 0) const {
    return token(ahead).kind == kind && token(ahead).text == text;
  }
  bool is_symbol(std::string_view text) const { return is(Kind::symbol, text); }
  bool is_name(std::string_view text) const { return is(Kind::name, text); }
  bool skip(Kind kind, std::string_view text) {
    if (!is(kind, text)) return false;
    take();
    return true;
  }
  bool skip_symbol(std::string_view text) { return skip(Kind::symbol, text); }
  bool skip_name(std::string_view text) { return skip(Kind::name, text); }

  std::string found() const {
    switch (token().kind) {
      case Kind::end:
        return "the end of the template";
      case Kind::text:
        return "text";
      case Kind::output_begin:
        return "{{";
      case Kind::output_end:
        return "}}";
      case Kind::tag_begin:
        return "{%";
      case Kind::tag_end:
        return "%}";
      default:
        return fmt::format("\"{}\"", token().text);
    }
  }
  void expect_symbol(std::string_view text) {
    if (!skip_symbol(text)) error(fmt::format("expected \"{}\", found {}", text, found()));
  }
  std::string expect_name(std::string_view what) {
    if (token().kind != Kind::name) error(fmt::format("expected {}, found {}", what, found()));
    return take().text;
  }
  void expect(Kind kind, std::string_view what) {
    if (token().kind != kind) error(fmt::format("expected {}, found {}", what, found()));
    take();
  }

 private:
  std::vector<Token> tokens_;
  std::string path_;
  size_t at_ = 0;
  int level_ = 0;
};

}  // namespace crescent::jinja
