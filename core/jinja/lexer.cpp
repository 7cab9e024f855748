#include "core/jinja/lexer.hpp"

#include <algorithm>

#include "core/base/error.hpp"
#include "core/jinja/space.hpp"

namespace crescent::jinja {

namespace {

using Kind = Token::Kind;

// Line ends become "\n"; one at the very end is dropped (keep_trailing_newline is off).
std::string with_plain_newlines(std::string_view source) {
  std::string out;
  for (size_t at = 0; at < source.size(); ++at) {
    if (source[at] == '\r' && at + 1 < source.size() && source[at + 1] == '\n') continue;
    out += source[at] == '\r' ? '\n' : source[at];
  }
  if (out.ends_with('\n')) out.pop_back();
  return out;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool starts_name(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

class Lexer {
 public:
  Lexer(std::string_view source, const std::string& path) : source_(with_plain_newlines(source)), path_(path) {}

  std::vector<Token> run() {
    while (!at_end()) {
      const size_t open = find_tag();
      std::string_view text = rest().substr(0, open);
      if (open != std::string_view::npos) text = before_tag(text, open);
      if (!text.empty()) push(Kind::text, std::string(text));
      advance(std::min(open, rest().size()));
      if (!at_end()) read_tag();
    }
    push(Kind::end, "");
    return std::move(tokens_);
  }

 private:
  std::string_view rest() const { return std::string_view(source_).substr(at_); }
  bool at_end() const { return at_ >= source_.size(); }
  char peek(size_t ahead) const { return at_ + ahead < source_.size() ? source_[at_ + ahead] : '\0'; }

  [[noreturn]] void error(std::string message) const { throw Error(std::move(message), {path_, line_}); }

  void advance(size_t bytes) {
    line_ += static_cast<int>(std::count(source_.begin() + at_, source_.begin() + at_ + bytes, '\n'));
    at_ += bytes;
  }
  void push(Kind kind, std::string text) { tokens_.push_back({kind, std::move(text), line_}); }

  // Bytes to the next {%, {{ or {#; npos: there is none.
  size_t find_tag() const {
    const std::string_view text = rest();
    size_t open = text.find('{');
    while (open != std::string_view::npos &&
           (open + 1 >= text.size() || std::string_view("%{#").find(text[open + 1]) == std::string_view::npos)) {
      open = text.find('{', open + 1);
    }
    return open;
  }

  // {%- takes all white space before it; {% and {# what stands between the start of their line and them.
  std::string_view before_tag(std::string_view text, size_t open) const {
    const char kind = peek(open + 1), sign = peek(open + 2);
    if (sign == '-') return trim_right(text);
    if (sign == '+' || kind == '{') return text;
    const size_t line_start = text.rfind('\n') + 1;  // npos + 1 is 0
    const bool starts_line = line_start > 0 || after_newline_;
    return starts_line && trim_left(text.substr(line_start)).empty() ? text.substr(0, line_start) : text;
  }

  void read_tag() {
    const char kind = peek(1);
    const bool has_sign = peek(2) == '-' || peek(2) == '+';
    if (kind != '#') push(kind == '%' ? Kind::tag_begin : Kind::output_begin, "");
    advance(has_sign ? 3 : 2);
    const char close = kind == '{' ? '}' : kind;
    kind == '#' ? skip_comment() : read_inside(close);
    after_close(close);
  }

  // True at the end of a tag: -%}, +%} (not of {{) or %}.
  bool at_close(char close) const {
    const size_t sign = peek(0) == '-' || (peek(0) == '+' && close != '}') ? 1 : 0;
    return peek(sign) == close && peek(sign + 1) == '}';
  }

  // -%} takes all white space after it; %} and #} a newline that follows at once.
  void after_close(char close) {
    const char sign = peek(0);
    const size_t begin = at_;
    advance(sign == close ? 2 : 3);
    if (sign == '-') advance(rest().size() - trim_left(rest()).size());
    if (sign == close && close != '}' && peek(0) == '\n') advance(1);
    after_newline_ = source_[at_ - 1] == '\n' && at_ > begin;
  }

  void skip_comment() {
    const int line = line_;
    while (!at_end() && !at_close('#')) advance(1);
    if (at_end()) throw Error("a {# comment is not closed", {path_, line});
  }

  void read_inside(char close) {
    const int line = line_;
    while (true) {
      advance(rest().size() - trim_left(rest()).size());
      if (at_end()) throw Error(fmt::format("a {} is not closed", close == '}' ? "{{" : "{%"), {path_, line});
      if (at_close(close)) break;
      read_token();
    }
    push(close == '}' ? Kind::output_end : Kind::tag_end, "");
  }

  void read_token() {
    const char c = peek(0);
    if (c == '\'' || c == '"') return read_string(c);
    if (starts_name(c)) return read_run(Kind::name, [](char x) { return starts_name(x) || is_digit(x); });
    if (is_digit(c)) return read_integer();
    for (const std::string_view symbol : {"==", "!=", "<=", ">=", "//", "**"}) {
      if (rest().starts_with(symbol)) return read_symbol(symbol);
    }
    static constexpr std::string_view kSymbols = "+-*/%~[](){}<>=.:|,";
    if (kSymbols.find(c) == std::string_view::npos) error(fmt::format("unexpected '{}' inside of a tag", c));
    read_symbol(rest().substr(0, 1));
  }

  void read_symbol(std::string_view symbol) {
    push(Kind::symbol, std::string(symbol));
    advance(symbol.size());
  }

  template <class Accept>
  void read_run(Kind kind, Accept accept) {
    size_t length = 0;
    while (accept(peek(length))) ++length;
    push(kind, std::string(rest().substr(0, length)));
    advance(length);
  }

  void read_integer() {
    read_run(Kind::integer, is_digit);
    if ((peek(0) == '.' && is_digit(peek(1))) || starts_name(peek(0))) {
      error(
          fmt::format("the number that starts with {} is not implemented; decimal integers are", tokens_.back().text));
    }
  }

  void read_string(char quote) {
    std::string text;
    size_t length = 1;
    for (; peek(length) != quote; ++length) {
      if (at_ + length >= source_.size()) error("a string is not closed");
      if (peek(length) != '\\') {
        text += peek(length);
        continue;
      }
      append_escape(text, peek(++length));
    }
    push(Kind::string, std::move(text));
    advance(length + 1);
  }

  // Python's escapes. What is none of them keeps its backslash.
  void append_escape(std::string& text, char c) const {
    static constexpr std::string_view kEscapes = "nrt\\'\"", kMeanings = "\n\r\t\\'\"", kOthers = "abfvxuUN01234567\n";
    if (const size_t which = kEscapes.find(c); which != std::string_view::npos) {
      text += kMeanings[which];
    } else if (kOthers.find(c) != std::string_view::npos) {
      error(fmt::format("the escape \\{} in a string is not implemented; \\n \\r \\t \\\\ \\' \\\" are",
                        c == '\n' ? "before the end of a line" : std::string(1, c)));
    } else {
      text += '\\';
      text += c;
    }
  }

  std::string source_;
  std::string path_;
  size_t at_ = 0;
  int line_ = 1;
  bool after_newline_ = true;  // what was read last ends with a newline, as lstrip_blocks asks
  std::vector<Token> tokens_;
};

}  // namespace

std::vector<Token> tokens_of(std::string_view source, const std::string& path) { return Lexer(source, path).run(); }

}  // namespace crescent::jinja
