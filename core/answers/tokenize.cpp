#include <algorithm>
#include <utility>

#include "core/answers/token.hpp"

namespace crescent {

namespace {

using Kind = Token::Kind;
using Pair = std::pair<std::string_view, std::string_view>;

// LaTeX commands that are a mark of their own or a plain one in other clothes; sorted.
constexpr Pair kMarks[] = {
    {"approx", "~="},
    {"ast", "*"},
    {"backslash", "setminus"},
    {"cap", "cap"},
    {"cdot", "*"},
    {"cdots", "..."},
    {"choose", "choose"},
    {"circ", "deg"},
    {"cup", "cup"},
    {"degree", "deg"},
    {"div", "/"},
    {"dots", "..."},
    {"emptyset", "empty"},
    {"euro", "EUR"},
    {"ge", ">="},
    {"geq", ">="},
    {"geqslant", ">="},
    {"gt", ">"},
    {"in", "in"},
    {"infty", "inf"},
    {"langle", "langle"},
    {"lbrace", "\\{"},
    {"lceil", "lceil"},
    {"ldots", "..."},
    {"le", "<="},
    {"leq", "<="},
    {"leqslant", "<="},
    {"lfloor", "lfloor"},
    {"lt", "<"},
    {"lvert", "|"},
    {"mid", "|"},
    {"mp", "mp"},
    {"ne", "!="},
    {"neq", "!="},
    {"pm", "pm"},
    {"pounds", "GBP"},
    {"rangle", "rangle"},
    {"rbrace", "\\}"},
    {"rceil", "rceil"},
    {"rfloor", "rfloor"},
    {"rvert", "|"},
    {"setminus", "setminus"},
    {"times", "*"},
    {"varnothing", "empty"},
    {"vert", "|"},
    {"yen", "JPY"},
};
static_assert(std::is_sorted(std::begin(kMarks), std::end(kMarks)));

// Commands that change the look alone.
constexpr std::string_view kLooks[] = {
    "left",  "right",        "big",       "Big",    "bigg",     "Bigg", "bigl",  "bigr",  "Bigl", "Bigr", "biggl",
    "biggr", "displaystyle", "textstyle", "limits", "nolimits", "quad", "qquad", "boxed", "fbox", "rm",   "thinspace"};

constexpr std::string_view kTexts[] = {"text",   "textbf",       "textit", "textrm", "textsf", "mathrm",
                                       "mathbf", "operatorname", "mathit", "mathsf", "mbox",   "vec"};

constexpr Pair kSame[] = {{"dfrac", "frac"},   {"tfrac", "frac"},   {"cfrac", "frac"},
                          {"dbinom", "binom"}, {"tbinom", "binom"}, {"lor", "or"},
                          {"vee", "or"},       {"land", "and"},     {"wedge", "and"}};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) >= 0x80;
}
bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '~' || c == '\f' || c == '\v'; }

template <size_t N>
bool contains(const std::string_view (&list)[N], std::string_view text) {
  return std::find(std::begin(list), std::end(list), text) != std::end(list);
}

class Tokenizer {
 public:
  Tokenizer(std::string_view source, Expressions& expressions) : source_(source), expressions_(expressions) {
    delimiters_ = std::count(source.begin(), source.end(), '$') % 2 == 0;
  }

  std::vector<Token> all() {
    tokens_.reserve(source_.size() / 2 + 4);
    while (at_ < source_.size()) step();
    return std::move(tokens_);
  }

 private:
  std::string_view rest() const { return source_.substr(at_); }

  void emit(Kind kind, std::string_view text, size_t length, NodeId node = kNoNode) {
    tokens_.push_back({kind, space_, text, static_cast<uint32_t>(at_), static_cast<uint32_t>(at_ + length), node});
    at_ += length;
    space_ = false;
  }
  void skip(size_t length) {
    at_ += length;
    space_ = true;
  }

  void step() {
    const char c = source_[at_];
    if (is_space(c)) return skip(1);
    if (c == '\\') {
      if (rest().starts_with("\\text{") || rest().starts_with("\\mathrm{"))
        if (number()) return;  // \text{FF}_{16}
      return command();
    }
    if (is_digit(c) || c == '.' || is_letter(c))
      if (number()) return;
    if (is_letter(c)) return word();
    mark(c);
  }

  bool number() {
    NodeId node = kNoNode;
    if (is_letter(source_[at_]) && rest().substr(0, 24).find('_') == std::string_view::npos) return false;
    const size_t n = read_number(rest(), brackets_ == 0, expressions_, node);
    if (n == 0) return false;
    emit(Kind::number, source_.substr(at_, n), n, node);
    return true;
  }

  void word() {
    const auto n = static_cast<size_t>(std::find_if_not(rest().begin(), rest().end(), is_letter) - rest().begin());
    const std::string_view text = rest().substr(0, n);
    // 1.5 x 10^3
    if (text == "x" && !tokens_.empty() && tokens_.back().kind == Kind::number) {
      const size_t next = std::min(source_.find_first_not_of(' ', at_ + 1), source_.size());
      if (source_.substr(next).starts_with("10^")) return emit(Kind::mark, "*", 1);
    }
    emit(text_depth_ > 0 ? Kind::text : Kind::word, text, n);
  }

  void command() {
    const auto end = std::find_if_not(rest().begin() + 1, rest().end(),
                                      [](char c) { return is_letter(c) && static_cast<unsigned char>(c) < 0x80; });
    const size_t length = static_cast<size_t>(end - rest().begin());
    if (length == 1) return escaped();
    const std::string_view name = rest().substr(1, length - 1);
    if (contains(kLooks, name)) {
      skip(length);
      if ((name == "left" || name == "right") && rest().starts_with('.')) skip(1);
      return;
    }
    if (contains(kTexts, name)) return text_command(length, name);
    if (name == "begin" || name == "end") return environment(name, length);
    if (name == "mathbb" && rest().substr(length).starts_with("{R}")) return emit(Kind::mark, "reals", length + 3);
    const auto* found = std::lower_bound(std::begin(kMarks), std::end(kMarks), name,
                                         [](const Pair& pair, std::string_view n) { return pair.first < n; });
    if (found != std::end(kMarks) && found->first == name) {
      if (name == "lbrace" || name == "langle") ++brackets_;
      return emit(Kind::mark, found->second, length);
    }
    for (const auto& [from, to] : kSame)
      if (name == from) return emit(to == "or" || to == "and" ? Kind::text : Kind::name, to, length);
    emit(Kind::name, name, length);
  }

  void escaped() {  // a backslash and one sign
    const char c = rest().size() > 1 ? rest()[1] : ' ';
    if (c == '{' || c == '}') {
      brackets_ += c == '{' ? 1 : -1;
      return emit(Kind::mark, c == '{' ? "\\{" : "\\}", 2);
    }
    if (c == '%' || c == '$' || c == '&' || c == '|')
      return emit(Kind::mark, c == '%' ? "%" : c == '$' ? "USD" : c == '|' ? "|" : "and", 2);
    if (c == '\\') {
      emit(Kind::mark, "\\\\", 2);
      if (rest().starts_with('[') && rest().find(']') < 12) skip(rest().find(']') + 1);  // \\[4pt]
      return;
    }
    if (c == '(' || c == ')' || c == '[' || c == ']' || c == ',' || c == ';' || c == ':' || c == '!' || is_space(c))
      return skip(std::min<size_t>(2, rest().size()));
    emit(Kind::mark, "?", 2 <= rest().size() ? 2 : 1);
  }

  void text_command(size_t length, std::string_view name) {
    const std::string_view after = rest().substr(length);
    if (!after.starts_with('{')) return skip(length);
    // \mathrm{e}, \mathbf{v}: one letter in mathematical type is a symbol
    if (!name.starts_with("text") && name != "mbox" && after.size() > 2 && is_letter(after[1]) && after[2] == '}') {
      const std::string_view letter = after.substr(1, 1);
      return emit(Kind::word, letter, length + 3);
    }
    const size_t open = length + 1;
    at_ += open;
    space_ = true;
    groups_.push_back('t');
    ++text_depth_;
  }

  void environment(std::string_view name, size_t length) {
    const std::string_view after = rest().substr(length);
    const size_t close = after.find('}');
    if (!after.starts_with('{') || close == std::string_view::npos || close > 12) return emit(Kind::mark, "?", length);
    const std::string_view kind = after.substr(1, close - 1);
    size_t total = length + close + 1;
    if (kind == "array" && name == "begin" && rest().substr(total).starts_with('{'))
      total += std::min(rest().substr(total).find('}'), rest().size() - total - 1) + 1;
    const bool matrix =
        kind == "pmatrix" || kind == "bmatrix" || kind == "matrix" || kind == "array" || kind == "Bmatrix";
    emit(Kind::mark, !matrix ? "?" : name == "begin" ? "begin" : "end", total);
  }

  bool degree_follows() const {  // after '^'
    std::string_view after = rest().substr(1);
    const bool braced = after.starts_with('{');
    if (braced) after.remove_prefix(1);
    while (after.starts_with(' ')) after.remove_prefix(1);
    return after.starts_with("\\circ") || after.starts_with("\\degree");
  }

  void degree() {
    const bool braced = rest().substr(1).starts_with('{');
    size_t end =
        rest().find("\\circ") < rest().find("\\degree") ? rest().find("\\circ") + 5 : rest().find("\\degree") + 7;
    if (braced) {
      while (end < rest().size() && is_space(rest()[end])) ++end;
      if (end >= rest().size() || rest()[end] != '}') return emit(Kind::mark, "?", end);
      ++end;
    }
    emit(Kind::mark, "deg", end);
  }

  void mark(char c) {
    for (const auto& [written, meant] : {Pair{"**", "^"}, {"<=", "<="}, {">=", ">="}, {"...", "..."}})
      if (rest().starts_with(written)) return emit(Kind::mark, meant, written.size());
    if (rest().starts_with("!=") && (space_ || tokens_.empty())) return emit(Kind::mark, "!=", 2);
    switch (c) {
      case '{':
        groups_.push_back('{');
        return emit(Kind::mark, "{", 1);
      case '}': {
        const bool text = !groups_.empty() && groups_.back() == 't';
        if (!groups_.empty()) groups_.pop_back();
        if (!text) return emit(Kind::mark, "}", 1);
        --text_depth_;
        return skip(1);
      }
      case '(':
      case '[':
        ++brackets_;
        break;
      case ')':
      case ']':
        --brackets_;
        break;
      case '^':
        if (degree_follows()) return degree();
        break;
      case '$':
        if (delimiters_) return skip(1);
        return emit(Kind::mark, "USD", 1);
      default:
        break;
    }
    constexpr std::string_view known = "+-*/^_()[]|,;:=<>!%&'.";
    const size_t at = known.find(c);
    emit(Kind::mark, at == std::string_view::npos ? "?" : known.substr(at, 1), 1);
  }

  std::string_view source_;
  Expressions& expressions_;
  std::vector<Token> tokens_;
  std::string groups_;  // of the braces that are open: '{' or 't' of a text
  size_t at_ = 0;
  int brackets_ = 0;  // that are open, in which a comma always separates
  int text_depth_ = 0;
  bool space_ = false;
  bool delimiters_ = true;  // every '$' delimits; with an odd number of them, it is the currency
};

}  // namespace

std::vector<Token> tokenize(std::string_view source, Expressions& expressions) {
  return Tokenizer(source, expressions).all();
}

int bracket_step(const Token& t) {
  if (t.kind != Kind::mark) return 0;
  for (const std::string_view open : {"(", "[", "{", "\\{", "langle", "lfloor", "lceil", "begin"})
    if (t.text == open) return 1;
  for (const std::string_view close : {")", "]", "}", "\\}", "rangle", "rfloor", "rceil", "end"})
    if (t.text == close) return -1;
  return 0;
}

size_t matching_bracket(Tokens tokens, size_t open) {
  int depth = 0;
  for (size_t i = open; i < tokens.size(); ++i) {
    depth += bracket_step(tokens[i]);
    if (depth == 0) return i;
  }
  return tokens.size();
}

}  // namespace crescent
