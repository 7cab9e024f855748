// A parsed template: statements and expressions with their lines.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/jinja/builtins.hpp"
#include "core/jinja/value.hpp"

namespace crescent::jinja {

struct Expr;
using ExprPtr = std::unique_ptr<const Expr>;

struct Expr {
  enum class Kind {
    constant,        // value
    list,            // parts: items
    variable,        // name
    attribute,       // parts[0] . name
    item,            // parts[0] [parts[1]]
    slice,           // parts[0] [parts[1] : parts[2] : parts[3]], null where left out
    filter,          // parts[0] | filter(parts[1...])
    test,            // parts[0] is test
    make_namespace,  // namespace(keywords[i] = parts[i])
    raise,           // raise_exception(parts[0])
    conditional,     // parts[0] if parts[1] else parts[2], null where left out
    logical_or,      // the operands of the rest: parts[0], parts[1]
    logical_and,
    logical_not,
    equal,
    unequal,
    less,
    less_equal,
    greater,
    greater_equal,
    contained,  // parts[0] in parts[1]
    add,
    subtract,
    multiply,
    floor_divide,
    modulo,
    join,  // ~
    negate
  };
  Kind kind;
  int line = 1;
  int depth = 1;  // of the tree from here
  std::string name;
  Value value;
  std::vector<ExprPtr> parts;
  std::vector<std::string> keywords;
  const Filter* filter = nullptr;
  const Test* test = nullptr;
};

struct Statement;

struct Branch {
  ExprPtr condition;  // of an if: null for else; of a for: what is looped over
  std::vector<Statement> body;
};

struct Statement {
  enum class Kind {
    text,           // text
    output,         // expr
    conditional,    // branches
    loop,           // branches[0] for each `text`
    set,            // text = expr
    set_attribute,  // text.attribute = expr
  };
  Kind kind;
  int line = 1;
  std::string text, attribute;
  ExprPtr expr;
  std::vector<Branch> branches;
};

}  // namespace crescent::jinja
