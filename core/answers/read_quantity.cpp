#include <algorithm>

#include "core/answers/answer.hpp"
#include "core/answers/names.hpp"

namespace crescent {

namespace {

// "2 - 1 million" is a range or a difference of which only the last part is in millions.
bool is_sum(Tokens tokens) {
  int depth = 0;
  for (size_t i = 0; i < tokens.size(); ++i) {
    if (i > 0 && depth == 0 && (tokens[i].is("+") || tokens[i].is("-"))) return true;
    depth += bracket_step(tokens[i]);
  }
  return false;
}

// A number of thousands, millions, ... in words at the end of `tokens`: its factor, and the tokens without it.
int64_t take_magnitude(Tokens& tokens) {
  if (is_sum(tokens)) return 1;
  for (const auto& [word, factor] : {std::pair{"hundred", int64_t{100}},
                                     {"thousand", int64_t{1000}},
                                     {"million", int64_t{1000000}},
                                     {"billion", int64_t{1000000000}},
                                     {"trillion", int64_t{1000000000000}}})
    if (tokens.size() > 1 && tokens.back().is_letters() && tokens.back().text == word) {
      tokens = tokens.first(tokens.size() - 1);
      return factor;
    }
  return 1;
}

std::optional<NodeId> read_amount(Tokens tokens, const Reading& r) {
  const int64_t factor = take_magnitude(tokens);
  const Parsed parsed = parse_expression(tokens, r.expressions, r.policy);
  if (parsed.node == kNoNode || parsed.plus_minus || !r.expressions.is_constant(parsed.node)) return {};
  if (factor == 1) return parsed.node;
  return r.expressions.node(Op::multiply, parsed.node, r.expressions.number(factor));
}

std::optional<Unit> currency(const Token& token) {
  for (const std::string_view code : {"USD", "EUR", "GBP", "JPY", "INR"})
    if (token.text == code && (token.kind == Token::Kind::mark || token.is_letters())) return Unit{{}, code, 1};
  return {};
}

std::optional<Answer> money(Tokens tokens, const Reading& r) {
  size_t at = tokens[0].is("-") ? 1 : 0;
  if (tokens.size() < at + 2) return {};
  auto unit = currency(tokens[at]);
  if (!unit || tokens[at + 1].kind != Token::Kind::number) return {};
  auto amount = read_amount(tokens.subspan(at + 1), r);
  if (!amount) return {};
  Answer out = expression_answer(at == 0 ? *amount : r.expressions.node(Op::negate, *amount), tokens, r);
  out.kind = Answer::Kind::quantity;
  out.unit = std::move(unit);
  return out;
}

bool may_begin_unit(const Token& token) {
  return token.is_letters() || token.is("deg") || currency(token) ||
         (token.kind == Token::Kind::name && token.text == "frac");
}

bool is_function(const Token& token) { return function_named(token.text) != Op::number; }

std::optional<Answer> single(Tokens tokens, const Reading& r) {
  int depth = 0;
  for (size_t i = 0; i < tokens.size(); ++i) {
    if (i > 0 && depth == 0 && may_begin_unit(tokens[i])) {
      if (auto unit = read_unit(tokens.subspan(i))) {
        // The degrees of \sin 30^\circ are the sine's.
        if (tokens[i].is("deg") && std::any_of(tokens.begin(), tokens.begin() + static_cast<ptrdiff_t>(i), is_function))
          return {};
        const auto amount = read_amount(tokens.first(i), r);
        if (!amount) return {};
        Answer out = expression_answer(*amount, tokens, r);
        out.kind = Answer::Kind::quantity;
        out.literal = i == 1 && tokens[0].kind == Token::Kind::number;
        if (!unit->certain) out.plain = parse_expression(tokens, r.expressions, r.policy).node;
        out.unit = std::move(unit);
        return out;
      }
    }
    depth += bracket_step(tokens[i]);
  }
  return {};
}

// "5 million"
std::optional<Answer> large_number(Tokens tokens, const Reading& r) {
  Tokens amount = tokens;
  if (take_magnitude(amount) == 1) return {};
  if (const auto node = read_amount(tokens, r)) return expression_answer(*node, tokens, r);
  return {};
}

}  // namespace

std::optional<Answer> read_quantity(Tokens tokens, const Reading& r) {
  if (tokens.size() < 2 || tokens.size() > 60) return {};
  if (auto large = large_number(tokens, r)) return large;
  if (auto sum = money(tokens, r)) return sum;
  if (std::none_of(tokens.begin(), tokens.end(), may_begin_unit)) return {};
  if (auto one = single(tokens, r)) return one;
  // 2 hours 30 minutes: the sum of two of the same kind
  for (size_t i = tokens.size() - 1; i > 1; --i) {
    if (tokens[i].kind != Token::Kind::number || !tokens[i - 1].is_letters()) continue;
    const bool joined = tokens[i - 1].text == "and";
    auto left = read_quantity(tokens.first(joined ? i - 1 : i), r), right = single(tokens.subspan(i), r);
    if (!left || !right || !left->unit || !left->unit->same_kind(*right->unit) ||
        left->unit->scale == right->unit->scale)
      return {};
    Expressions& e = r.expressions;
    left->node = e.node(Op::add, e.node(Op::multiply, left->node, e.number(left->unit->scale)),
                        e.node(Op::multiply, right->node, e.number(right->unit->scale)));
    left->unit->scale = Rational(1);
    left->plain = kNoNode;
    left->literal = false;
    return left;
  }
  return {};
}

}  // namespace crescent
