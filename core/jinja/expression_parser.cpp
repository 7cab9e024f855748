#include "core/jinja/expression_parser.hpp"

#include <charconv>
#include <span>

namespace crescent::jinja {

namespace {

// Recursive descent in the order of Jinja's own parser: if-else, or, and, not, comparison, + -, ~, * // %, sign,
// then attributes, indices, filters and tests behind a value.
class ExpressionParser {
 public:
  explicit ExpressionParser(Cursor& cursor) : cursor_(cursor) {}

  ExprPtr parse_expression() {
    const Cursor::Level level(cursor_);
    ExprPtr expr = parse_or();
    while (cursor_.is_name("if")) {
      const int line = cursor_.take().line;
      ExprPtr condition = parse_or();
      ExprPtr otherwise = cursor_.skip_name("else") ? parse_expression() : nullptr;
      expr = make(Expr::Kind::conditional, line, std::move(expr), std::move(condition), std::move(otherwise));
    }
    return expr;
  }

  ExprPtr parse_or() {
    ExprPtr left = parse_and();
    while (cursor_.is_name("or")) {
      const int line = cursor_.take().line;
      left = make(Expr::Kind::logical_or, line, std::move(left), parse_and());
    }
    return left;
  }

 private:
  template <class... Parts>
  ExprPtr make(Expr::Kind kind, int line, Parts... parts) const {
    auto expr = std::make_unique<Expr>();
    expr->kind = kind;
    expr->line = line;
    (expr->parts.push_back(std::move(parts)), ...);
    return finish(std::move(expr));
  }
  ExprPtr finish(std::unique_ptr<Expr> expr) const {
    for (const ExprPtr& part : expr->parts) {
      if (part) expr->depth = std::max(expr->depth, part->depth + 1);
    }
    if (expr->depth > kMaxDepth) cursor_.error(fmt::format("an expression is nested more than {} deep", kMaxDepth));
    return expr;
  }
  ExprPtr constant(Value value) const {
    auto expr = std::make_unique<Expr>();
    expr->kind = Expr::Kind::constant;
    expr->line = cursor_.token().line;
    expr->value = std::move(value);
    return expr;
  }

  ExprPtr parse_and() {
    ExprPtr left = parse_not();
    while (cursor_.is_name("and")) {
      const int line = cursor_.take().line;
      left = make(Expr::Kind::logical_and, line, std::move(left), parse_not());
    }
    return left;
  }

  ExprPtr parse_not() {
    const Cursor::Level level(cursor_);
    if (!cursor_.is_name("not")) return parse_comparison();
    const int line = cursor_.take().line;
    return make(Expr::Kind::logical_not, line, parse_not());
  }

  struct Operator {
    std::string_view symbol;
    Expr::Kind kind;
  };

  const Operator* operator_among(std::span<const Operator> operators) const {
    for (const Operator& candidate : operators) {
      if (cursor_.is_symbol(candidate.symbol)) return &candidate;
    }
    return nullptr;
  }

  ExprPtr parse_comparison() {
    ExprPtr expr = parse_compared();
    if (is_comparison()) cursor_.not_implemented("a chain of comparisons");
    return expr;
  }

  static constexpr Operator kComparisons[] = {{"==", Expr::Kind::equal},  {"!=", Expr::Kind::unequal},
                                              {"<", Expr::Kind::less},    {"<=", Expr::Kind::less_equal},
                                              {">", Expr::Kind::greater}, {">=", Expr::Kind::greater_equal}};

  bool is_comparison() const {
    return operator_among(kComparisons) != nullptr || cursor_.is_name("in") ||
           (cursor_.is_name("not") && cursor_.is(Token::Kind::name, "in", 1));
  }

  ExprPtr parse_compared() {
    ExprPtr left = parse_sum();
    const int line = cursor_.token().line;
    if (const Operator* found = operator_among(kComparisons)) {
      cursor_.take();
      return make(found->kind, line, std::move(left), parse_sum());
    }
    if (!is_comparison()) return left;
    const bool negated = cursor_.skip_name("not");
    cursor_.take();  // in
    ExprPtr contained = make(Expr::Kind::contained, line, std::move(left), parse_sum());
    return negated ? make(Expr::Kind::logical_not, line, std::move(contained)) : std::move(contained);
  }

  // Operands joined by operators of one rank, from the left.
  template <class ParseOperand>
  ExprPtr parse_ranked(std::span<const Operator> operators, ParseOperand parse_operand) {
    ExprPtr left = parse_operand();
    while (const Operator* found = operator_among(operators)) {
      const int line = cursor_.take().line;
      left = make(found->kind, line, std::move(left), parse_operand());
    }
    return left;
  }

  ExprPtr parse_sum() {
    static constexpr Operator kSums[] = {{"+", Expr::Kind::add}, {"-", Expr::Kind::subtract}};
    return parse_ranked(kSums, [&] { return parse_joined(); });
  }

  ExprPtr parse_joined() {
    static constexpr Operator kJoins[] = {{"~", Expr::Kind::join}};
    return parse_ranked(kJoins, [&] { return parse_product(); });
  }

  ExprPtr parse_product() {
    static constexpr Operator kProducts[] = {
        {"*", Expr::Kind::multiply}, {"//", Expr::Kind::floor_divide}, {"%", Expr::Kind::modulo}};
    ExprPtr product = parse_ranked(kProducts, [&] { return parse_signed(true); });
    for (const std::string_view symbol : {"/", "**"}) {
      if (cursor_.is_symbol(symbol)) cursor_.not_implemented(fmt::format("the operator {}", symbol));
    }
    return product;
  }

  ExprPtr parse_signed(bool with_filters) {
    const Cursor::Level level(cursor_);
    const int line = cursor_.token().line;
    ExprPtr expr;
    if (cursor_.skip_symbol("-")) {
      expr = make(Expr::Kind::negate, line, parse_signed(false));
    } else if (cursor_.is_symbol("+")) {
      cursor_.not_implemented("the sign +");
    } else {
      expr = parse_selected();
    }
    while (with_filters) {
      if (cursor_.is_symbol("|")) {
        expr = parse_filter(std::move(expr));
      } else if (cursor_.is_name("is")) {
        expr = parse_test(std::move(expr));
      } else {
        break;
      }
    }
    return expr;
  }

  // A value with what is selected from it: .name, [index], [from:to].
  ExprPtr parse_selected() {
    ExprPtr expr = parse_primary();
    while (true) {
      const int line = cursor_.token().line;
      if (cursor_.skip_symbol(".")) {
        auto selected = std::make_unique<Expr>();
        selected->kind = Expr::Kind::attribute;
        selected->line = line;
        selected->name = cursor_.expect_name("an attribute");
        if (cursor_.is_symbol("(")) cursor_.not_implemented(fmt::format("the call of .{}()", selected->name));
        selected->parts.push_back(std::move(expr));
        expr = finish(std::move(selected));
      } else if (cursor_.skip_symbol("[")) {
        expr = parse_item(std::move(expr), line);
        cursor_.expect_symbol("]");
      } else if (cursor_.is_symbol("(")) {
        cursor_.error("this call is not implemented; namespace() and raise_exception() are");
      } else {
        return expr;
      }
    }
  }

  ExprPtr parse_item(ExprPtr object, int line) {
    const auto bound = [&] { return cursor_.is_symbol(":") || cursor_.is_symbol("]") ? nullptr : parse_expression(); };
    ExprPtr start = bound();
    if (!cursor_.is_symbol(":")) {
      if (!start) cursor_.error("expected an index, found \"]\"");
      if (cursor_.is_symbol(",")) cursor_.not_implemented("an index with a comma");
      return make(Expr::Kind::item, line, std::move(object), std::move(start));
    }
    cursor_.take();
    ExprPtr stop = bound();
    ExprPtr step = cursor_.skip_symbol(":") ? bound() : nullptr;
    return make(Expr::Kind::slice, line, std::move(object), std::move(start), std::move(stop), std::move(step));
  }

  ExprPtr parse_filter(ExprPtr value) {
    cursor_.take();  // |
    auto expr = std::make_unique<Expr>();
    expr->kind = Expr::Kind::filter;
    expr->line = cursor_.token().line;
    expr->filter = find_filter(cursor_.token().text);
    if (expr->filter == nullptr)
      cursor_.error(
          fmt::format("the filter {} is not implemented; {} are", cursor_.found(), fmt::join(filter_names(), ", ")));
    expr->name = cursor_.expect_name("a filter");
    expr->parts.push_back(std::move(value));
    if (cursor_.is_symbol("(")) parse_arguments(*expr, /*keywords=*/false);
    if (expr->parts.size() - 1 > expr->filter->max_arguments)
      cursor_.error(
          fmt::format("the filter {} is implemented with up to {} arguments", expr->name, expr->filter->max_arguments));
    return finish(std::move(expr));
  }

  ExprPtr parse_test(ExprPtr value) {
    const int line = cursor_.take().line;  // is
    const bool negated = cursor_.skip_name("not");
    auto expr = std::make_unique<Expr>();
    expr->kind = Expr::Kind::test;
    expr->line = line;
    expr->test = find_test(cursor_.token().text);
    if (expr->test == nullptr)
      cursor_.error(
          fmt::format("the test {} is not implemented; {} are", cursor_.found(), fmt::join(test_names(), ", ")));
    cursor_.take();
    if (cursor_.is_symbol("(")) cursor_.error(fmt::format("the test {} takes no argument", expr->test->name));
    expr->parts.push_back(std::move(value));
    ExprPtr test = finish(std::move(expr));
    return negated ? make(Expr::Kind::logical_not, line, std::move(test)) : std::move(test);
  }

  // ( a, b ) or, for a function of keywords, ( a = b, c = d ): either kind alone.
  void parse_arguments(Expr& call, bool keywords) {
    cursor_.take();
    while (!cursor_.is_symbol(")")) {
      const bool keyword = cursor_.token().kind == Token::Kind::name && cursor_.is(Token::Kind::symbol, "=", 1);
      if (keyword != keywords)
        cursor_.not_implemented(fmt::format("{} with {} arguments", call.name, keyword ? "keyword" : "positional"));
      if (keyword) {
        call.keywords.push_back(cursor_.take().text);
        cursor_.take();
      }
      call.parts.push_back(parse_expression());
      if (!cursor_.skip_symbol(",")) break;
    }
    cursor_.expect_symbol(")");
  }

  ExprPtr parse_call(const Token& name) {
    auto expr = std::make_unique<Expr>();
    expr->line = name.line;
    expr->name = name.text;
    if (name.text == "namespace") {
      expr->kind = Expr::Kind::make_namespace;
      parse_arguments(*expr, /*keywords=*/true);
    } else if (name.text == "raise_exception") {
      expr->kind = Expr::Kind::raise;
      parse_arguments(*expr, /*keywords=*/false);
      if (expr->parts.size() != 1) cursor_.error("raise_exception takes one argument");
    } else {
      cursor_.error(
          fmt::format("the function {}() is not implemented; namespace() and raise_exception() are", name.text));
    }
    return finish(std::move(expr));
  }

  ExprPtr parse_primary() {
    if (cursor_.token().kind == Token::Kind::string) {
      std::string text;
      while (cursor_.token().kind == Token::Kind::string) text += cursor_.take().text;  // 'a' 'b' is 'ab'
      return constant(Value::text(std::move(text)));
    }
    if (cursor_.token().kind == Token::Kind::integer) return parse_integer();
    if (cursor_.token().kind == Token::Kind::name) return parse_named();
    if (cursor_.skip_symbol("(")) {
      if (cursor_.is_symbol(")")) cursor_.not_implemented("a tuple");
      ExprPtr expr = parse_expression();
      if (cursor_.is_symbol(",")) cursor_.not_implemented("a tuple");
      cursor_.expect_symbol(")");
      return expr;
    }
    if (cursor_.is_symbol("[")) return parse_list();
    if (cursor_.is_symbol("{")) cursor_.not_implemented("a dict in braces");
    cursor_.error(fmt::format("expected a value, found {}", cursor_.found()));
  }

  ExprPtr parse_integer() {
    const Token digits = cursor_.take();
    int64_t value = 0;
    const auto [end, wrong] = std::from_chars(digits.text.data(), digits.text.data() + digits.text.size(), value);
    if (wrong != std::errc()) cursor_.error(fmt::format("the number {} is too large", digits.text));
    return constant(Value::integer(value));
  }

  ExprPtr parse_named() {
    const Token name = cursor_.take();
    const auto is_one_of = [&](std::string_view a, std::string_view b) { return name.text == a || name.text == b; };
    if (is_one_of("true", "True")) return constant(Value::boolean(true));
    if (is_one_of("false", "False")) return constant(Value::boolean(false));
    if (is_one_of("none", "None")) return constant(Value::none());
    if (cursor_.is_symbol("(")) return parse_call(name);
    auto expr = std::make_unique<Expr>();
    expr->kind = Expr::Kind::variable;
    expr->line = name.line;
    expr->name = name.text;
    return expr;
  }

  ExprPtr parse_list() {
    auto expr = std::make_unique<Expr>();
    expr->kind = Expr::Kind::list;
    expr->line = cursor_.take().line;
    while (!cursor_.is_symbol("]")) {
      expr->parts.push_back(parse_expression());
      if (!cursor_.skip_symbol(",")) break;
    }
    cursor_.expect_symbol("]");
    return finish(std::move(expr));
  }

  Cursor& cursor_;
};

}  // namespace

ExprPtr parse_expression(Cursor& cursor) { return ExpressionParser(cursor).parse_expression(); }
ExprPtr parse_expression_without_if(Cursor& cursor) { return ExpressionParser(cursor).parse_or(); }

}  // namespace crescent::jinja
