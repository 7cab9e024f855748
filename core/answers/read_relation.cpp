#include <algorithm>

#include "core/answers/identity.hpp"
#include "core/answers/names.hpp"
#include "core/answers/region.hpp"

namespace crescent {

namespace {

using Kind = Answer::Kind;

bool is_inequality(const Token& t) { return t.is("<") || t.is(">") || t.is("<=") || t.is(">="); }

// What may stand alone on one side as the name of the value on the other: x, x_1, f(x), (x, y), AB, "Area". Empty: no
// such thing. Products of small letters ("xy"), functions and the constants e and i are none.
std::string label_of(Tokens tokens) {
  std::string label;
  bool prose = false;
  if (tokens.empty() || tokens.size() > 12) return {};
  for (size_t i = 0; i < tokens.size(); ++i) {
    const Token& t = tokens[i];
    const bool sub = i > 0 && (tokens[i - 1].is("_") || tokens[i - 1].is("{"));
    if (t.kind == Token::Kind::word) {
      const bool capitals = std::all_of(t.text.begin(), t.text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
      if (t.text == "not" || t.text == "e" || t.text == "i" || t.text == "pi" || function_named(t.text) != Op::number)
        return {};
      if (t.text.size() > 1 && t.text.size() < 4 && !capitals && !sub && !prose && t.text != "the") return {};
      prose = prose || t.text.size() > 3;
    } else if (t.kind == Token::Kind::text) {
      if (t.text == "not") return {};
      prose = true;
    } else if (t.kind == Token::Kind::name) {
      if (t.text == "pi" || t.text == "frac" || t.text == "sqrt" || t.text == "sum" || t.text == "binom" ||
          t.text == "log" || function_named(t.text) != Op::number)
        return {};
    } else if (t.kind == Token::Kind::number) {
      if (!sub) return {};
    } else if (!(t.is("(") || t.is(")") || t.is(",") || t.is("_") || t.is("'") || t.is("{") || t.is("}"))) {
      return {};
    }
    // x y is a product: symbols side by side need a bracket or prose between them.
    if (i > 0 && !prose && !sub && t.kind != Token::Kind::mark && tokens[i - 1].kind != Token::Kind::mark &&
        !(tokens[i - 1].kind == Token::Kind::name && t.kind == Token::Kind::word))
      return {};
    if (i > 0 && (t.is("(")) && i > 2) return {};
    if (i > 0 && t.space) label += ' ';
    label += t.is("{") || t.is("}") ? std::string_view() : t.text;
  }
  return tokens[0].kind == Token::Kind::mark && !tokens[0].is("(") ? std::string() : label;
}

std::vector<Tokens> sides_of(Tokens tokens, const std::vector<size_t>& signs) {
  std::vector<Tokens> sides;
  size_t from = 0;
  for (const size_t sign : signs) {
    sides.push_back(tokens.subspan(from, sign - from));
    from = sign + 1;
  }
  sides.push_back(tokens.subspan(from));
  return sides;
}

Answer labelled(std::string label, Answer value, Tokens tokens, const Reading& r) {
  Answer out = text_answer(tokens, r);
  if (value.kind == Kind::text) return out;
  if (value.kind == Kind::labelled || value.kind == Kind::equation) return out;
  out.kind = Kind::labelled;
  out.label = std::move(label);
  out.items.push_back(std::move(value));
  return out;
}

NodeId expression_of(Tokens side, const Reading& r) {
  const Parsed parsed = parse_expression(side, r.expressions, r.policy);
  return parsed.plus_minus ? kNoNode : parsed.node;
}

// The value that a chain of equal sides ends in; text when they are not equal.
Answer chain_value(const std::vector<Tokens>& sides, size_t from, Tokens tokens, const Reading& r) {
  NodeId before = kNoNode;
  for (size_t i = from; i < sides.size(); ++i) {
    const NodeId node = expression_of(sides[i], r);
    if (node == kNoNode) return text_answer(tokens, r);
    if (before != kNoNode && !same_expression(r.expressions, before, node, 1, r.budget)) return text_answer(tokens, r);
    before = node;
  }
  return expression_answer(before, sides.back(), r);
}

Answer equation(Tokens tokens, std::vector<Tokens> sides, const Reading& r) {
  if (sides[0].empty()) return sides.size() == 2 ? read_answer(sides[1], r) : text_answer(tokens, r);
  if (std::string label = label_of(sides[0]); !label.empty()) {
    Answer value = sides.size() == 2 ? read_answer(sides[1], r) : chain_value(sides, 1, tokens, r);
    return labelled(std::move(label), std::move(value), tokens, r);
  }
  if (sides.size() > 2) return chain_value(sides, 0, tokens, r);
  if (std::string label = label_of(sides[1]); !label.empty())
    return labelled(std::move(label), read_answer(sides[0], r), tokens, r);
  const NodeId left = expression_of(sides[0], r), right = expression_of(sides[1], r);
  if (left == kNoNode || right == kNoNode) return text_answer(tokens, r);
  if (r.expressions.is_constant(left) && r.expressions.is_constant(right)) return chain_value(sides, 0, tokens, r);
  Answer out = expression_answer(r.expressions.node(Op::subtract, left, right), tokens, r);
  out.kind = Kind::equation;
  return out;
}

// An end of an interval: a constant, or plus or minus infinity (`infinite` is its sign).
struct Bound {
  NodeId node = kNoNode;
  int infinite = 0;
};

std::optional<Bound> bound_of(Tokens side, const Reading& r) {
  const Answer value = read_answer(side, r);
  if (value.kind == Kind::infinity) return Bound{kNoNode, value.closed ? -1 : 1};
  if (value.kind != Kind::expression || !r.expressions.is_constant(value.node)) return {};
  return Bound{value.node, 0};
}

Answer region_answer(std::string label, std::vector<Piece> pieces, Tokens tokens, const Reading& r) {
  Answer out = text_answer(tokens, r);
  out.kind = Kind::region;
  out.label = std::move(label);
  out.pieces = std::move(pieces);
  return out;
}

// x < bound, read from the side of x: `below` says that x is the smaller.
std::optional<Piece> half_line(const Bound& bound, bool below, bool closed) {
  if (bound.infinite != 0) {
    if ((bound.infinite > 0) != below || closed) return {};
    return Piece{};
  }
  return below ? Piece{kNoNode, bound.node, false, closed} : Piece{bound.node, kNoNode, closed, false};
}

Answer inequality(Tokens tokens, const std::vector<Tokens>& sides, const std::vector<size_t>& signs, const Reading& r) {
  const auto less = [&](size_t i) { return tokens[signs[i]].is("<") || tokens[signs[i]].is("<="); };
  const auto closed = [&](size_t i) { return tokens[signs[i]].is("<=") || tokens[signs[i]].is(">="); };
  if (sides.size() == 3) {  // a < x < b
    const std::string label = label_of(sides[1]);
    if (label.empty() || less(0) != less(1)) return text_answer(tokens, r);
    const auto left = bound_of(sides[0], r), right = bound_of(sides[2], r);
    if (!left || !right) return text_answer(tokens, r);
    const auto a = half_line(*left, !less(0), closed(0)), b = half_line(*right, less(1), closed(1));
    if (!a || !b) return text_answer(tokens, r);
    auto both = intersection({*a}, {*b}, r.expressions, r.budget);
    return both ? region_answer(label, std::move(*both), tokens, r) : text_answer(tokens, r);
  }
  for (const size_t side : {size_t{0}, size_t{1}}) {
    Tokens name = sides[side];
    const bool absolute = name.size() > 2 && name.front().is("|") && name.back().is("|");
    if (absolute) name = name.subspan(1, name.size() - 2);
    const std::string label = label_of(name);
    if (label.empty()) continue;
    const auto bound = bound_of(sides[1 - side], r);
    if (!bound) continue;
    const bool below = less(0) == (side == 0);
    if (!absolute) {
      const auto piece = half_line(*bound, below, closed(0));
      return piece ? region_answer(label, {*piece}, tokens, r) : text_answer(tokens, r);
    }
    if (bound->infinite != 0) return text_answer(tokens, r);
    const NodeId negative = r.expressions.node(Op::negate, bound->node);
    if (below) return region_answer(label, {{negative, bound->node, closed(0), closed(0)}}, tokens, r);
    return region_answer(label, {{kNoNode, negative, false, closed(0)}, {bound->node, kNoNode, closed(0), false}},
                         tokens, r);
  }
  const NodeId left = expression_of(sides[0], r), right = expression_of(sides[1], r);
  if (left == kNoNode || right == kNoNode) return text_answer(tokens, r);
  Answer out = expression_answer(
      less(0) ? r.expressions.node(Op::subtract, left, right) : r.expressions.node(Op::subtract, right, left), tokens,
      r);
  out.kind = Kind::inequality;
  out.closed = closed(0);
  return out;
}

}  // namespace

Answer read_relation(Tokens tokens, const std::vector<size_t>& all_signs, const Reading& r) {
  // What follows "approximately" is the less exact twin of what stands before it: x = \sqrt{2} \approx 1.41.
  std::vector<size_t> signs = all_signs;
  const auto all = [&](auto test) {
    return std::all_of(signs.begin(), signs.end(), [&](size_t s) { return test(tokens[s]); });
  };
  const auto is_equality = [](const Token& t) { return t.is("=") || t.is("~="); };
  if (all(is_equality)) {
    if (signs.size() > 1 && tokens[signs.back()].is("~=")) {
      tokens = tokens.first(signs.back());
      signs.pop_back();
    }
    return equation(tokens, sides_of(tokens, signs), r);
  }
  const auto sides = sides_of(tokens, signs);
  if (all(is_inequality) && sides.size() <= 3) return inequality(tokens, sides, signs, r);
  if (sides.size() != 2) return text_answer(tokens, r);
  std::string label = label_of(sides[0]);
  if (label.empty()) return text_answer(tokens, r);
  if (tokens[signs[0]].is("in")) return labelled(std::move(label), read_answer(sides[1], r), tokens, r);
  if (tokens[signs[0]].is("!=")) {
    const auto bound = bound_of(sides[1], r);
    if (!bound || bound->infinite != 0) return text_answer(tokens, r);
    return region_answer(std::move(label), complement({{bound->node, bound->node, true, true}}), tokens, r);
  }
  return text_answer(tokens, r);
}

}  // namespace crescent
