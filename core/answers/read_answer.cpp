#include <algorithm>

#include "core/answers/answer.hpp"
#include "core/answers/names.hpp"
#include "core/answers/region.hpp"

namespace crescent {

namespace {

using Kind = Answer::Kind;

constexpr int kMaxDepth = 24;
constexpr size_t kMaxItems = 200;

bool is_word(const Token& t, std::string_view word) { return t.is_letters() && t.text == word; }

bool is_separator(const Token& t) {
  return t.is(",") || t.is(";") || t.is("and") || is_word(t, "or") || is_word(t, "and");
}

bool is_relation(const Token& t) {
  if (t.kind != Token::Kind::mark) return false;
  for (const std::string_view sign : {"=", "<", ">", "<=", ">=", "!=", "~=", "in"})
    if (t.text == sign) return true;
  return false;
}

bool is_set_sign(const Token& t) { return t.is("cup") || t.is("cap") || t.is("setminus"); }

// Where the tokens of a kind stand outside of all brackets; nothing when brackets do not match.
template <class Test>
std::vector<size_t> outside(Tokens tokens, const Test& test) {
  std::vector<size_t> found;
  int depth = 0;
  for (size_t i = 0; i < tokens.size(); ++i) {
    if (depth == 0 && test(tokens[i])) found.push_back(i);
    depth += bracket_step(tokens[i]);
  }
  return found;
}

std::vector<Tokens> parts_of(Tokens tokens, const std::vector<size_t>& cuts) {
  std::vector<Tokens> parts;
  size_t from = 0;
  for (const size_t cut : cuts) {
    parts.push_back(tokens.subspan(from, cut - from));
    from = cut + 1;
  }
  parts.push_back(tokens.subspan(from));
  return parts;
}

class AnswerReader {
 public:
  AnswerReader(Tokens tokens, const Reading& reading)
      : tokens_(tokens), r_{reading.expressions, reading.policy, reading.budget, reading.source, reading.depth + 1} {}

  Answer read() {
    if (tokens_.empty()) return {};
    if (r_.depth > kMaxDepth) throw TooLarge();
    r_.budget.spend(static_cast<int64_t>(1 + tokens_.size() / 8));
    const auto separators = outside(tokens_, is_separator);
    if (!separators.empty()) return several(separators);
    if (const auto signs = outside(tokens_, is_relation); !signs.empty()) return read_relation(tokens_, signs, r_);
    if (const auto signs = outside(tokens_, is_set_sign); !signs.empty()) return set_algebra(signs);
    if (auto known = phrase()) return std::move(*known);
    if (tokens_[0].is("begin")) return matrix();
    if (auto inside = bracketed()) return std::move(*inside);
    if (auto parts = ratio()) return std::move(*parts);
    if (auto quantity = read_quantity(tokens_, r_)) return std::move(*quantity);
    return expression();
  }

 private:
  Answer text() const { return text_answer(tokens_, r_); }

  // ---- several answers ----

  Answer several(const std::vector<size_t>& cuts) {
    if (cuts.size() > kMaxItems) throw TooLarge();
    if (auto sum = read_quantity(tokens_, r_)) return std::move(*sum);  // 2 hours and 30 minutes
    Answer out = text();
    bool only_or = true, only_and = true;
    const auto parts = parts_of(tokens_, cuts);
    for (size_t i = 0; i < parts.size(); ++i) {
      if (i > 0) {
        const Token& cut = tokens_[cuts[i - 1]];
        only_or = only_or && is_word(cut, "or");
        only_and = only_and && is_word(cut, "and");
      }
      if (parts[i].empty()) {  // "2, 3, and 5"
        if (i == 0 || i + 1 == parts.size() || !tokens_[cuts[i]].is_letters()) return text();
        continue;
      }
      out.items.push_back(read_answer(parts[i], r_));
    }
    out.kind = Kind::list;
    const bool regions = std::all_of(out.items.begin(), out.items.end(), [&](const Answer& item) {
      return item.kind == Kind::region && item.label == out.items[0].label;
    });
    if (!regions || (!only_or && !only_and)) return out;
    Answer region = text();
    region.label = out.items[0].label;
    return combined(std::move(region), out.items, only_or ? "cup" : "cap");
  }

  Answer set_algebra(const std::vector<size_t>& signs) {
    const auto parts = parts_of(tokens_, signs);
    std::vector<Answer> items;
    for (const Tokens& part : parts) items.push_back(read_answer(part, r_));
    for (const size_t sign : signs)
      if (tokens_[sign].text != tokens_[signs[0]].text) return text();
    if (tokens_[signs[0]].is("cup") &&
        std::all_of(items.begin(), items.end(), [](const Answer& a) { return a.kind == Kind::set; })) {
      Answer out = text();
      out.kind = Kind::set;
      for (Answer& item : items) std::move(item.items.begin(), item.items.end(), std::back_inserter(out.items));
      return out;
    }
    return combined(text(), items, tokens_[signs[0]].text);
  }

  Answer combined(Answer out, const std::vector<Answer>& items, std::string_view how) {
    std::optional<std::vector<Piece>> whole;
    for (const Answer& item : items) {
      auto next = as_region(item, r_.expressions, r_.budget);
      if (!next) return text();
      if (!whole) {
        whole = std::move(next);
      } else if (how == "cup") {
        whole->insert(whole->end(), next->begin(), next->end());
        whole = normal_region(std::move(*whole), r_.expressions, r_.budget);
      } else {
        whole = intersection(*whole, how == "cap" ? *next : complement(*next), r_.expressions, r_.budget);
      }
      if (!whole) return text();
    }
    out.kind = Kind::region;
    out.pieces = std::move(*whole);
    return out;
  }

  // ---- words with a meaning ----

  std::optional<Answer> phrase() {
    Answer out = text();
    const bool sign = tokens_.size() == 2 && (tokens_[0].is("+") || tokens_[0].is("-"));
    if ((tokens_.size() == 1 || sign) && (tokens_.back().is("inf") || is_word(tokens_.back(), "infinity"))) {
      out.kind = Kind::infinity;
      out.closed = sign && tokens_[0].is("-");
      return out;
    }
    if (tokens_.size() == 1 && tokens_[0].is("empty")) {
      out.kind = Kind::set;
      return out;
    }
    const auto reals = [&] {
      if (tokens_.size() == 1) return tokens_[0].is("reals");
      if (!is_word(tokens_[0], "all")) return false;
      return (tokens_.size() == 2 && is_word(tokens_[1], "reals")) ||
             (tokens_.size() == 3 && is_word(tokens_[1], "real") && is_word(tokens_[2], "numbers"));
    };
    if (!reals()) return {};
    out.kind = Kind::region;
    out.pieces = {Piece{}};
    return out;
  }

  // ---- brackets ----

  Answer matrix() {
    if (matching_bracket(tokens_, 0) != tokens_.size() - 1) return text();
    Answer out = text();
    Tokens inside = tokens_.subspan(1, tokens_.size() - 2);
    auto rows = parts_of(inside, outside(inside, [](const Token& t) { return t.is("\\\\"); }));
    if (rows.size() > 1 && rows.back().empty()) rows.pop_back();
    for (const Tokens& row : rows) {
      const auto cells = parts_of(row, outside(row, [](const Token& t) { return t.is("&"); }));
      if (out.columns != 0 && out.columns != cells.size()) return text();
      out.columns = cells.size();
      for (const Tokens& cell : cells) out.items.push_back(read_answer(cell, r_));
      if (out.items.size() > kMaxItems) throw TooLarge();
    }
    out.kind = Kind::matrix;
    return out;
  }

  std::optional<Answer> bracketed() {
    const Token& first = tokens_.front();
    const bool round = first.is("("), square = first.is("["), angle = first.is("langle");
    const bool brace = first.is("\\{") || first.is("{");
    if ((!round && !square && !angle && !brace) || tokens_.size() < 2) return {};
    if (matching_bracket(tokens_, 0) != tokens_.size() - 1) return {};
    const Tokens inside = tokens_.subspan(1, tokens_.size() - 2);
    if (!inside.empty() && inside[0].is("begin")) return read_answer(inside, r_);
    const auto cuts = outside(inside, [](const Token& t) { return t.is(",") || t.is(";"); });
    if (cuts.size() > kMaxItems) throw TooLarge();
    if (cuts.empty() && !first.is("\\{")) return {};
    if (first.is("\\{"))
      if (auto built = set_builder(inside)) return built;
    Answer out = text();
    out.kind = brace ? Kind::set : Kind::tuple;
    out.open = angle ? std::string_view("(") : first.text;
    out.close = angle ? std::string_view(")") : tokens_.back().text;
    if (!inside.empty())
      for (const Tokens& part : parts_of(inside, cuts)) {
        if (part.empty()) return text();
        out.items.push_back(read_answer(part, r_));
      }
    if (out.kind == Kind::tuple) return to_matrix(to_interval(std::move(out)));
    return out;
  }

  // \{x \mid x > 3\}, \{x \in \mathbb{R} : x > 3\}
  std::optional<Answer> set_builder(Tokens inside) {
    const auto bars = outside(inside, [](const Token& t) { return t.is("|") || t.is(":"); });
    if (bars.size() != 1 || bars[0] == 0 || !inside[0].is_letters()) return {};
    if (bars[0] != 1 && !(bars[0] == 3 && inside[1].is("in") && inside[2].is("reals"))) return {};
    Answer condition = read_answer(inside.subspan(bars[0] + 1), r_);
    return condition.kind == Kind::region ? std::optional(std::move(condition)) : std::nullopt;
  }

  // Intervals with an infinite end; other pairs stay what they may also be, tuples.
  Answer to_interval(Answer pair) const {
    if (pair.items.size() != 2) return pair;
    const Answer &low = pair.items[0], &high = pair.items[1];
    const bool from = low.kind == Kind::infinity && low.closed && pair.open == "(";
    const bool to = high.kind == Kind::infinity && !high.closed && pair.close == ")";
    const auto finite = [&](const Answer& a) {
      return a.kind == Kind::expression && r_.expressions.is_constant(a.node);
    };
    if ((!from && !to) || (!from && !finite(low)) || (!to && !finite(high))) return pair;
    Answer out = text();
    out.kind = Kind::region;
    out.pieces = {
        {from ? kNoNode : low.node, to ? kNoNode : high.node, !from && pair.open == "[", !to && pair.close == "]"}};
    return out;
  }

  Answer to_matrix(Answer rows) const {  // [[1, 2], [3, 4]]
    if (rows.open != "[" || rows.close != "]") return rows;
    Answer out = text();
    for (Answer& row : rows.items) {
      if (row.kind != Kind::tuple || row.open != "[" || row.close != "]") return rows;
      if (out.columns != 0 && row.items.size() != out.columns) return rows;
      out.columns = row.items.size();
    }
    for (Answer& row : rows.items) std::move(row.items.begin(), row.items.end(), std::back_inserter(out.items));
    out.kind = Kind::matrix;
    return out;
  }

  // ---- the rest ----

  std::optional<Answer> ratio() {
    const auto colons = outside(tokens_, [](const Token& t) { return t.is(":") || is_word(t, "to"); });
    if (colons.empty() || colons.size() > 8) return {};
    Answer out = text();
    for (const Tokens& part : parts_of(tokens_, colons)) {
      if (part.size() == 1 && part[0].text.size() > 1 && part[0].text.starts_with("0") && part[0].text[1] != '.')
        return {};  // 9:05 is a time
      const Parsed parsed = parse_expression(part, r_.expressions, r_.policy);
      if (parsed.node == kNoNode || parsed.plus_minus) return {};
      out.items.push_back(expression_answer(parsed.node, part, r_));
    }
    out.kind = Kind::ratio;
    return out;
  }

  // "red" is no product of r, e and d: letters alone are words, but for a single one and two small ones.
  bool is_prose() const {
    size_t letters = 0;
    for (const Token& t : tokens_) {
      if (!t.is_letters() || function_named(t.text) != Op::number || t.text == "log") return false;
      letters += t.text.size();
    }
    const std::string_view first = tokens_[0].text;
    const bool small = first[0] >= 'a' && first[0] <= 'z';
    const bool spaced = tokens_.size() > 1 && letters == tokens_.size();  // x y z
    return !(letters == 1 || spaced || (letters == 2 && small)) && !(tokens_.size() == 1 && first == "sqrt");
  }

  Answer expression() {
    if (tokens_.size() > 1 && (tokens_.back().is("%") || is_word(tokens_.back(), "percent"))) return percentage();
    if (is_prose()) return text();
    const Parsed parsed = parse_expression(tokens_, r_.expressions, r_.policy);
    if (parsed.node == kNoNode) return text();
    if (!parsed.plus_minus) return expression_answer(parsed.node, tokens_, r_);
    Answer out = text();
    out.kind = Kind::list;
    out.items.push_back(expression_answer(parsed.node, tokens_, r_));
    out.items.push_back(expression_answer(parse_expression(tokens_, r_.expressions, r_.policy, -1).node, tokens_, r_));
    return out;
  }

  Answer percentage() {
    const Parsed parsed = parse_expression(tokens_.first(tokens_.size() - 1), r_.expressions, r_.policy);
    if (parsed.node == kNoNode || parsed.plus_minus) return text();
    Answer out =
        expression_answer(r_.expressions.node(Op::divide, parsed.node, r_.expressions.number(100)), tokens_, r_);
    out.plain = parsed.node;
    out.literal = tokens_.size() == 2;
    return out;
  }

  Tokens tokens_;
  Reading r_;
};

}  // namespace

Answer text_answer(Tokens tokens, const Reading& reading) {
  Answer out;
  if (!tokens.empty())
    out.source = reading.source.substr(tokens.front().begin, tokens.back().end - tokens.front().begin);
  return out;
}

Answer expression_answer(NodeId node, Tokens tokens, const Reading& reading) {
  Answer out = text_answer(tokens, reading);
  out.kind = Kind::expression;
  out.node = node;
  const size_t signs = tokens.size() > 1 && (tokens[0].is("-") || tokens[0].is("+")) ? 1 : 0;
  const Tokens bare = tokens.subspan(signs);
  const auto all_numbers = [&](std::initializer_list<size_t> at) {
    return std::all_of(at.begin(), at.end(), [&](size_t i) { return bare[i].kind == Token::Kind::number; });
  };
  out.literal =
      (bare.size() == 1 && all_numbers({0})) || (bare.size() == 3 && all_numbers({0, 2}) && bare[1].is("/")) ||
      (bare.size() == 7 && bare[0].kind == Token::Kind::name && bare[0].text == "frac" && all_numbers({2, 5}));
  return out;
}

Answer read_answer(Tokens tokens, const Reading& reading) { return AnswerReader(tokens, reading).read(); }

}  // namespace crescent
