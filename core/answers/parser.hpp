// The recursive descent behind parse_expression; its parts lie in parse.cpp and parse_command.cpp.
#pragma once

#include "core/answers/parse.hpp"

namespace crescent {

struct NoExpression {};  // thrown where the tokens are no expression

class Parser {
 public:
  Parser(Tokens tokens, Expressions& e, const AnswerPolicy& policy, int sign)
      : tokens_(tokens), e_(e), policy_(policy), sign_(sign) {}

  Parsed whole();

 private:
  static constexpr int kMaxDepth = 120;  // of brackets within brackets

  bool ended() const { return at_ >= tokens_.size(); }
  const Token& now() const { return tokens_[at_]; }
  bool at(std::string_view mark) const { return !ended() && letter_ == 0 && now().is(mark); }
  bool at_name(std::string_view name) const {
    return !ended() && now().kind == Token::Kind::name && now().text == name;
  }
  bool take(std::string_view mark) {
    if (!at(mark)) return false;
    ++at_;
    return true;
  }
  void need(std::string_view mark) {
    if (!take(mark)) throw NoExpression();
  }

  struct Nested {
    explicit Nested(int& depth) : depth_(depth) {
      if (++depth_ > kMaxDepth) throw TooLarge();
    }
    ~Nested() { --depth_; }
    int& depth_;
  };

  // Sums, products, powers.
  NodeId sum();
  NodeId product();
  bool starts_factor() const;
  NodeId signed_factor();
  NodeId power();
  NodeId exponent_part();
  NodeId postfix();

  // Numbers, letters, brackets.
  NodeId primary();
  NodeId number();
  NodeId proper(NodeId top, NodeId bottom);
  NodeId word();
  bool binomial_call() const;
  NodeId binomial_arguments();
  NodeId subscripted(std::string_view letter);
  NodeId argument();
  NodeId digits();
  NodeId bracketed();
  NodeId closed(Op op, std::string_view close);

  // Commands and functions.
  NodeId command();
  NodeId named(std::string_view name);
  NodeId square_root();
  NodeId function(std::string_view name);
  NodeId subscript_value();
  NodeId function_argument();
  NodeId power_of_bracket();
  bool letter_or_number() const;
  NodeId series(Op op);

  Tokens tokens_;
  Expressions& e_;
  const AnswerPolicy& policy_;
  int sign_;
  size_t at_ = 0;
  size_t letter_ = 0;  // of the word at at_ that was read last
  size_t split_ = 0;   // digits of the number at at_ that \frac took
  int depth_ = 0, bars_ = 0, series_ = 0;
  bool plus_minus_ = false, ended_with_number_ = false;
};

}  // namespace crescent
