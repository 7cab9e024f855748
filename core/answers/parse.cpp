#include <algorithm>
#include <utility>

#include "core/answers/names.hpp"
#include "core/answers/parser.hpp"

namespace crescent {

using Kind = Token::Kind;

Parsed Parser::whole() {
  NodeId node = sum();
  if (take("choose")) node = e_.node(Op::binomial, node, sum());  // the outer braces are taken off
  if (at_ != tokens_.size()) throw NoExpression();
  return {node, plus_minus_};
}

NodeId Parser::sum() {
  const Nested nested(depth_);
  NodeId left = product();
  for (;;) {
    const bool plus = at("+"), minus = at("-"), pm = at("pm"), mp = at("mp");
    if (!plus && !minus && !pm && !mp) return left;
    ++at_;
    plus_minus_ = plus_minus_ || pm || mp;
    const int sign = plus ? 1 : minus ? -1 : pm ? sign_ : -sign_;
    left = e_.node(sign > 0 ? Op::add : Op::subtract, left, product());
  }
}

NodeId Parser::product() {
  NodeId left = signed_factor();
  for (;;) {
    if (take("*")) {
      left = e_.node(Op::multiply, left, signed_factor());
    } else if (take("/")) {
      left = e_.node(Op::divide, left, signed_factor());
    } else if (starts_factor()) {
      // Numbers side by side mean nothing; "x2" is a slip of the pen more often than a product.
      if (now().kind == Kind::number && letter_ == 0 && ended_with_number_) throw NoExpression();
      left = e_.node(Op::multiply, left, power());
    } else {
      return left;
    }
  }
}

bool Parser::starts_factor() const {
  if (ended()) return false;
  const Token& t = now();
  if (letter_ > 0 || t.kind != Kind::mark) return true;
  return t.is("(") || t.is("{") || t.is("[") || t.is("lfloor") || t.is("lceil") || (t.is("|") && bars_ == 0);
}

NodeId Parser::signed_factor() {
  bool negative = false, any = false;
  while (at("+") || at("-") || at("pm") || at("mp")) {
    if (any) throw NoExpression();  // "--5"
    any = true;
    plus_minus_ = plus_minus_ || at("pm") || at("mp");
    negative = at("-") || (at("pm") && sign_ < 0) || (at("mp") && sign_ > 0);
    ++at_;
  }
  const NodeId factor = power();
  return negative ? e_.node(Op::negate, factor) : factor;
}

NodeId Parser::power() {
  const NodeId base = postfix();
  if (!take("^")) return base;
  ended_with_number_ = false;
  const NodeId exponent = exponent_part();
  return e_.node(Op::power, base, exponent);
}

NodeId Parser::exponent_part() {
  const Nested nested(depth_);
  const bool negative = take("-");
  if (!negative) take("+");
  const NodeId exponent = power();  // 2^3^4 is 2^(3^4)
  ended_with_number_ = false;
  return negative ? e_.node(Op::negate, exponent) : exponent;
}

NodeId Parser::postfix() {
  const bool number = !ended() && letter_ == 0 && now().kind == Kind::number;
  NodeId node = primary();
  ended_with_number_ = number;
  for (;;) {
    if (at("!")) {
      ++at_;
      const bool twice = take("!");
      node = e_.node(twice ? Op::double_factorial : Op::factorial, node);
    } else if (take("%")) {
      node = e_.node(Op::divide, node, e_.number(100));
    } else if (take("deg")) {
      node = e_.node(Op::divide, e_.node(Op::multiply, node, e_.node(Op::pi)), e_.number(180));
    } else {
      return node;
    }
    ended_with_number_ = false;
  }
}

NodeId Parser::primary() {
  if (ended()) throw NoExpression();
  const Token& t = now();
  switch (t.kind) {
    case Kind::number:
      return number();
    case Kind::word:
      return word();
    case Kind::text:
      throw NoExpression();
    case Kind::name:
      return command();
    case Kind::mark:
      return bracketed();
  }
  throw NoExpression();
}

NodeId Parser::number() {
  const NodeId whole = now().node;
  ++at_;
  if (e_.is_integer(whole) && !ended() && letter_ == 0) {
    if (now().kind == Kind::number && at_ + 2 < tokens_.size() && tokens_[at_ + 1].is("/") &&
        tokens_[at_ + 2].kind == Kind::number) {  // 1 1/2
      const NodeId part = proper(now().node, tokens_[at_ + 2].node);
      at_ += 3;
      return e_.node(Op::add, whole, part);
    }
    if (at_name("frac")) {  // 1\frac{1}{2}
      const size_t before = at_;
      const NodeId part = command();
      const Node& n = e_[part];
      if (n.op == Op::divide && e_.is_integer(n.a) && e_.is_integer(n.b))
        return e_.node(Op::add, whole, proper(n.a, n.b));
      at_ = before;
    }
  }
  return whole;
}

NodeId Parser::proper(NodeId top, NodeId bottom) {
  if (!e_.is_integer(top) || !e_.is_integer(bottom) || fmpq_cmp(e_.value(top).get(), e_.value(bottom).get()) >= 0)
    throw NoExpression();
  return e_.node(Op::divide, top, bottom);
}

// "xy" is x times y, read letter by letter; names of functions and constants are whole words.
NodeId Parser::word() {
  const std::string_view word = now().text;
  if (letter_ == 0) {
    if (word == "pi" || word == "sqrt" || word == "log" || word == "lg" || word == "cbrt" || word == "abs" ||
        word == "floor" || word == "ceil" || word == "binom" || function_named(word) != Op::number)
      return named(word);
    if (word.size() > 3 || is_prose_word(word)) throw NoExpression();
    if (std::any_of(word.begin(), word.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; }))
      throw NoExpression();
    if (word == "C" && binomial_call()) return binomial_arguments();
  }
  const std::string_view letter = word.substr(letter_, 1);
  if (++letter_ == word.size()) {
    letter_ = 0;
    ++at_;
  }
  if (letter == "e") return e_.node(Op::e);
  if (letter == "i") return e_.node(Op::i);
  return subscripted(letter);
}

bool Parser::binomial_call() const {  // C(52, 5)
  return at_ + 5 < tokens_.size() && tokens_[at_ + 1].is("(") && tokens_[at_ + 2].kind == Kind::number &&
         tokens_[at_ + 3].is(",") && tokens_[at_ + 4].kind == Kind::number && tokens_[at_ + 5].is(")");
}

NodeId Parser::binomial_arguments() {
  const NodeId n = tokens_[at_ + 2].node, k = tokens_[at_ + 4].node;
  at_ += 6;
  return e_.node(Op::binomial, n, k);
}

NodeId Parser::subscripted(std::string_view letter) {
  std::string name(letter);
  if (letter_ == 0 && take("_")) {
    name += '_';
    const bool braced = take("{");
    const size_t from = at_;
    while (!ended() &&
           (now().kind == Kind::number || now().is_letters() || (braced && (at("+") || at("-") || at(",")))) &&
           (braced || at_ == from)) {
      if (now().kind == Kind::number) {
        char* text = fmpq_get_str(nullptr, 10, e_.value(now().node).get());
        name += text;
        flint_free(text);
      } else {
        name += now().text;
      }
      ++at_;
    }
    if (at_ == from || (braced && !take("}"))) throw NoExpression();
  }
  while (take("'")) name += '\'';
  return e_.symbol(name);
}

// {...}, (...), or what TeX takes: one digit of a number, one letter, one command.
NodeId Parser::argument() {
  const Nested nested(depth_);
  if (ended()) throw NoExpression();
  if (take("{")) {
    const NodeId inside = sum();
    need("}");
    return inside;
  }
  if (now().kind == Kind::number && letter_ == 0) return digits();
  return primary();
}

// \frac12 is a half: a number of two digits after \frac holds both arguments; \sqrt12 and "√12" mean twelve.
NodeId Parser::digits() {
  const Token& t = now();
  const bool fraction = at_ > 0 && tokens_[at_ - 1].kind == Kind::name && tokens_[at_ - 1].text != "sqrt";
  const bool second = split_ > 0;
  if (!fraction && !second) {
    ++at_;
    return t.node;
  }
  if (t.text.size() == 1) {
    ++at_;
    return t.node;
  }
  if (!std::all_of(t.text.begin(), t.text.end(), [](char c) { return c >= '0' && c <= '9'; }) || t.text.size() > 2)
    throw NoExpression();
  const char digit = t.text[split_];
  if (++split_ == t.text.size()) {
    split_ = 0;
    ++at_;
  }
  return e_.number(digit - '0');
}

NodeId Parser::bracketed() {
  const Nested nested(depth_);
  if (take("lfloor")) return closed(Op::floor, "rfloor");
  if (take("lceil")) return closed(Op::ceiling, "rceil");
  if (take("|")) {
    const int outside = std::exchange(bars_, 1);
    const NodeId inside = sum();
    need("|");
    bars_ = outside;
    return e_.node(Op::absolute, inside);
  }
  const std::string_view open = now().text;
  if (open != "(" && open != "[" && open != "{") throw NoExpression();
  ++at_;
  const int outside = std::exchange(bars_, 0);
  const NodeId inside = sum();
  bars_ = outside;
  if (open == "{" && take("choose")) {
    const NodeId k = sum();
    need("}");
    return e_.node(Op::binomial, inside, k);
  }
  need(open == "(" ? ")" : open == "[" ? "]" : "}");
  return inside;
}

NodeId Parser::closed(Op op, std::string_view close) {
  const NodeId inside = sum();
  need(close);
  return e_.node(op, inside);
}

Parsed parse_expression(Tokens tokens, Expressions& expressions, const AnswerPolicy& policy, int sign) {
  if (tokens.empty()) return {};
  try {
    return Parser(tokens, expressions, policy, sign).whole();
  } catch (const NoExpression&) {
    return {};
  }
}

}  // namespace crescent
