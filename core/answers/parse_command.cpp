#include "core/answers/names.hpp"
#include "core/answers/parser.hpp"

namespace crescent {

using Kind = Token::Kind;

NodeId Parser::command() {
  const std::string_view name = now().text;
  if (name == "frac") {
    ++at_;
    const NodeId top = argument(), bottom = argument();
    return e_.node(Op::divide, top, bottom);
  }
  if (name == "binom") {
    ++at_;
    const NodeId n = argument(), k = argument();
    return e_.node(Op::binomial, n, k);
  }
  if (name == "sum" || name == "prod") return series(name == "sum" ? Op::sum : Op::product);
  if (name == "pi" || name == "sqrt" || name == "log" || name == "lg" || function_named(name) != Op::number)
    return named(name);
  if (!is_greek(name)) throw NoExpression();
  ++at_;
  return subscripted(name);
}

NodeId Parser::named(std::string_view name) {
  ++at_;
  if (name == "pi") return e_.node(Op::pi);
  if (name == "sqrt") return square_root();
  if (name == "cbrt") return e_.node(Op::root, argument(), e_.number(3));
  if (name == "abs") return e_.node(Op::absolute, argument());
  if (name == "floor") return e_.node(Op::floor, argument());
  if (name == "ceil") return e_.node(Op::ceiling, argument());
  if (name == "binom") throw NoExpression();
  return function(name);
}

NodeId Parser::square_root() {
  if (!take("[")) return e_.node(Op::root, argument(), e_.number(2));
  const NodeId degree = sum();
  need("]");
  return e_.node(Op::root, argument(), degree);
}

NodeId Parser::function(std::string_view name) {
  const bool is_log = name == "log" || name == "lg";
  NodeId base = kNoNode, exponent = kNoNode;
  Op op = is_log ? Op::log : function_named(name);
  if (is_log && take("_")) base = subscript_value();
  if (take("^")) {
    exponent = exponent_part();
    const Node& n = e_[exponent];
    const bool minus_one = n.op == Op::negate && e_.is_integer(n.a) && fmpz_is_one(e_.value(n.a).numerator());
    if (minus_one && inverse_function(op) != Op::number) {
      op = inverse_function(op);
      exponent = kNoNode;
    }
    if (is_log && base == kNoNode && take("_")) base = subscript_value();
  }
  const NodeId x = function_argument();
  NodeId value;
  if (!is_log)
    value = e_.node(op, x);
  else if (base == kNoNode && policy_.log == AnswerPolicy::Log::e && name == "log")
    value = e_.node(Op::ln, x);
  else
    value = e_.node(Op::log, x, base == kNoNode ? e_.number(10) : base);
  return exponent == kNoNode ? value : e_.node(Op::power, value, exponent);
}

NodeId Parser::subscript_value() {
  if (at("{")) return argument();
  if (!ended() && now().kind == Kind::number) return tokens_[at_++].node;
  return primary();
}

// (...) or {...} alone; else the factors up to the next function, sign or bracket: \sin 2x\cos x.
NodeId Parser::function_argument() {
  const Nested nested(depth_);
  if (ended()) throw NoExpression();
  if (at("(") || at("{") || at("|")) return power_of_bracket();
  NodeId x = power();
  while (starts_factor() && letter_or_number()) {
    if (now().kind == Kind::number && ended_with_number_) throw NoExpression();
    x = e_.node(Op::multiply, x, power());
  }
  ended_with_number_ = false;
  return x;
}

NodeId Parser::power_of_bracket() {
  const bool brace = at("{");
  const NodeId inside = primary();
  // \sin{x}y leaves y outside; \ln(x)^2 is written for \ln(x^2) and for its square: no reading is safe.
  if (at("^") && !brace) throw NoExpression();
  return inside;
}

bool Parser::letter_or_number() const {
  const Token& t = now();
  if (letter_ > 0 || t.kind == Kind::number) return true;
  if (t.kind == Kind::word) return function_named(t.text) == Op::number && t.text != "log" && t.text != "lg";
  return t.kind == Kind::name && function_named(t.text) == Op::number && t.text != "log" && t.text != "lg" &&
         t.text != "sum" && t.text != "prod";
}

// \sum_{k=1}^{n} body: the body reaches to the next sum or difference.
NodeId Parser::series(Op op) {
  const Nested nested(depth_);
  ++at_;
  need("_");
  need("{");
  if (ended() || (now().kind != Kind::word && now().kind != Kind::name) || now().text == "e") throw NoExpression();
  const NodeId bound = e_.symbol(std::string("bound ") + std::string(now().text) + std::to_string(series_++));
  const std::string_view written = now().text;
  ++at_;
  need("=");
  const NodeId first = sum();
  need("}");
  need("^");
  const NodeId last = exponent_part();
  const NodeId body = product();
  // The bound symbol gets a name of its own, so that the same letter outside is another symbol.
  return e_.node(op, e_.bound(body, written, e_[bound].index), bound, first, last);
}

}  // namespace crescent
