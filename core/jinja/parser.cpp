#include "core/jinja/parser.hpp"

#include <algorithm>
#include <initializer_list>

#include "core/jinja/expression_parser.hpp"

namespace crescent::jinja {

namespace {

class Parser {
 public:
  Parser(std::string_view source, const std::string& path) : path_(path), cursor_(tokens_of(source, path), path) {}

  std::vector<Statement> run() { return parse_body({}, 1); }

 private:
  bool at_one_of(std::initializer_list<std::string_view> names, size_t ahead = 0) const {
    return std::any_of(names.begin(), names.end(),
                       [&](std::string_view name) { return cursor_.is(Token::Kind::name, name, ahead); });
  }

  // Up to one of the tags in `until`, which stays; without any up to the end. `opened`: the line of the tag around it.
  std::vector<Statement> parse_body(std::initializer_list<std::string_view> until, int opened) {
    const Cursor::Level level(cursor_);
    std::vector<Statement> body;
    while (cursor_.token().kind != Token::Kind::tag_begin || !at_one_of(until, 1)) {
      if (cursor_.token().kind == Token::Kind::end) {
        if (until.size() == 0) break;
        throw Error(fmt::format("a tag is not closed: no {{% {} %}} follows", *(until.end() - 1)), {path_, opened});
      }
      body.push_back(parse_statement());
    }
    return body;
  }

  Statement parse_statement() {
    Statement statement{.kind = Statement::Kind::text, .line = cursor_.token().line};
    if (cursor_.token().kind == Token::Kind::text) {
      statement.text = cursor_.take().text;
      return statement;
    }
    if (cursor_.token().kind == Token::Kind::output_begin) {
      cursor_.take();
      statement.kind = Statement::Kind::output;
      statement.expr = parse_expression(cursor_);
      cursor_.expect(Token::Kind::output_end, "}}");
      return statement;
    }
    cursor_.take();  // {%
    if (cursor_.skip_name("if")) {
      parse_if(statement);
    } else if (cursor_.skip_name("for")) {
      parse_for(statement);
    } else if (cursor_.skip_name("set")) {
      parse_set(statement);
    } else if (at_one_of({"elif", "else", "endif", "endfor"})) {
      cursor_.error(
          fmt::format("unexpected {{% {} %}}: nothing that it could belong to is open", cursor_.token().text));
    } else {
      cursor_.error(fmt::format("the tag {} is not implemented; if, for and set are", cursor_.found()));
    }
    return statement;
  }

  void parse_if(Statement& statement) {
    statement.kind = Statement::Kind::conditional;
    while (true) {
      ExprPtr condition = parse_expression(cursor_);
      add_branch(statement, std::move(condition), {"elif", "else", "endif"});
      if (cursor_.skip_name("elif")) continue;
      if (cursor_.skip_name("else")) add_branch(statement, nullptr, {"endif"});
      cursor_.skip_name("endif");
      return cursor_.expect(Token::Kind::tag_end, "%}");
    }
  }

  void add_branch(Statement& statement, ExprPtr condition, std::initializer_list<std::string_view> until) {
    cursor_.expect(Token::Kind::tag_end, "%}");
    std::vector<Statement> body = parse_body(until, statement.line);
    cursor_.take();  // the {% of the tag that ends it
    statement.branches.push_back({std::move(condition), std::move(body)});
  }

  void parse_for(Statement& statement) {
    statement.kind = Statement::Kind::loop;
    statement.text = cursor_.expect_name("a variable");
    if (cursor_.is_symbol(",")) cursor_.not_implemented("a for with two variables");
    if (!cursor_.skip_name("in")) cursor_.error(fmt::format("expected \"in\", found {}", cursor_.found()));
    ExprPtr items = parse_expression_without_if(cursor_);  // as Jinja: the `if` of a for is no if-else
    if (cursor_.is_name("if")) cursor_.not_implemented("a for with an if");
    if (cursor_.is_name("recursive")) cursor_.not_implemented("a recursive for");
    add_branch(statement, std::move(items), {"else", "endfor"});
    if (cursor_.is_name("else")) cursor_.not_implemented("the else of a for");
    cursor_.take();
    cursor_.expect(Token::Kind::tag_end, "%}");
  }

  void parse_set(Statement& statement) {
    statement.kind = Statement::Kind::set;
    statement.text = cursor_.expect_name("a variable");
    if (cursor_.skip_symbol(".")) {
      statement.kind = Statement::Kind::set_attribute;
      statement.attribute = cursor_.expect_name("an attribute");
    }
    if (cursor_.is_symbol(",")) cursor_.not_implemented("a set of two variables");
    if (cursor_.token().kind == Token::Kind::tag_end || cursor_.is_symbol("|"))
      cursor_.not_implemented("a set block (set without =)");
    cursor_.expect_symbol("=");
    statement.expr = parse_expression(cursor_);
    cursor_.expect(Token::Kind::tag_end, "%}");
  }

  std::string path_;
  Cursor cursor_;
};

}  // namespace

std::vector<Statement> parse(std::string_view source, const std::string& path) { return Parser(source, path).run(); }

}  // namespace crescent::jinja
