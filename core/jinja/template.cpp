#include "core/jinja/template.hpp"

#include <algorithm>
#include <vector>

#include "core/jinja/operations.hpp"
#include "core/jinja/parser.hpp"

namespace crescent::jinja {

namespace {

constexpr size_t kMaxSource = 1 << 20, kMaxVariables = 1000;

class Renderer {
 public:
  Renderer(const Dict& variables, const Limits& limits) : work_(limits), given_(variables) {}

  void run(const std::vector<Statement>& statements) {
    for (const Statement& statement : statements) run(statement);
  }
  std::string take_output() { return std::move(out_); }
  int line() const { return line_; }

 private:
  using Kind = Expr::Kind;

  void run(const Statement& statement) {
    line_ = statement.line;
    work_.step();
    switch (statement.kind) {
      case Statement::Kind::text:
        work_.bytes(statement.text.size());
        out_ += statement.text;
        return;
      case Statement::Kind::output:
        return append_printed(out_, evaluate(*statement.expr), work_);
      case Statement::Kind::conditional:
        return run_conditional(statement);
      case Statement::Kind::loop:
        return run_loop(statement);
      case Statement::Kind::set:
        return set(statement.text, evaluate(*statement.expr));
      case Statement::Kind::set_attribute:
        return set_attribute(statement);
    }
  }

  void run_conditional(const Statement& statement) {
    for (const Branch& branch : statement.branches) {
      if (branch.condition == nullptr || evaluate(*branch.condition).truth()) return run(branch.body);
    }
  }

  // Each turn has variables of its own: what it sets is gone after it.
  void run_loop(const Statement& statement) {
    const Branch& branch = statement.branches[0];
    const Value over = evaluate(*branch.condition);
    const std::vector<Value> items = items_of(over);
    const size_t outer_frame = frame_;
    frame_ = local_.size();
    for (size_t i = 0; i < items.size(); ++i) {
      work_.step();
      set(statement.text, items[i]);
      set("loop", Value(Value::Variant(Loop{static_cast<int64_t>(i), static_cast<int64_t>(items.size())})));
      run(branch.body);
      local_.resize(frame_);
    }
    frame_ = outer_frame;
  }

  std::vector<Value> items_of(const Value& over) {
    std::vector<Value> items;
    if (const auto* list = over.as_list()) {
      items = *list;
    } else if (const Dict* dict = over.as_dict()) {
      for (const auto& [key, value] : *dict) items.push_back(Value::text(key));
    } else if (over.as_undefined() == nullptr) {
      fail("a for over a value of type {} is not implemented; over a list or a dict's keys it is", over.type_name());
    }
    work_.step(items.size());
    return items;
  }

  void set(std::string_view name, Value value) {
    for (size_t i = frame_; i < local_.size(); ++i) {
      if (local_[i].first == name) {
        local_[i].second = std::move(value);
        return;
      }
    }
    if (local_.size() == kMaxVariables) fail("more than {} variables are set", kMaxVariables);
    local_.emplace_back(name, std::move(value));
  }

  void set_attribute(const Statement& statement) {
    Value value = evaluate(*statement.expr);
    const Value target = variable(statement.text);
    if (target.as_namespace() == nullptr)
      fail("{}.{} cannot be set: {} is no namespace", statement.text, statement.attribute, statement.text);
    Dict items = *target.as_namespace();
    work_.step(items.size());
    const auto old =
        std::find_if(items.begin(), items.end(), [&](auto& item) { return item.first == statement.attribute; });
    if (old != items.end()) {
      old->second = std::move(value);
    } else {
      items.emplace_back(statement.attribute, std::move(value));
    }
    *target.as_namespace() = *Value::name_space(std::move(items)).as_namespace();
  }

  Value variable(std::string_view name) {
    for (size_t i = local_.size(); i-- > 0;) {
      if (local_[i].first == name) return local_[i].second;
    }
    const Value* given = find(given_, name);
    return given != nullptr ? *given : Value::undefined(name);
  }

  Value evaluate(const Expr& e) {
    line_ = e.line;
    work_.step();
    switch (e.kind) {
      case Kind::constant:
        return e.value;
      case Kind::variable:
        return variable(e.name);
      case Kind::list:
        return Value::list(evaluate_all(e, 0));
      case Kind::attribute:
        return attribute_of(evaluate(*e.parts[0]), e.name);
      case Kind::item:
        return item_of(evaluate(*e.parts[0]), evaluate(*e.parts[1]), work_);
      case Kind::slice:
        return slice_of(evaluate(*e.parts[0]), evaluate_if_any(e.parts[1]), evaluate_if_any(e.parts[2]),
                        evaluate_if_any(e.parts[3]), work_);
      case Kind::filter: {
        const Value value = evaluate(*e.parts[0]);
        return e.filter->apply(value, evaluate_all(e, 1), work_);
      }
      case Kind::test:
        return Value::boolean(e.test->holds(evaluate(*e.parts[0])));
      case Kind::make_namespace:
        return make_namespace(e);
      case Kind::raise:
        return raise(e);
      case Kind::conditional:
        return evaluate_conditional(e);
      case Kind::logical_not:
        return Value::boolean(!evaluate(*e.parts[0]).truth());
      case Kind::logical_or: {
        Value left = evaluate(*e.parts[0]);
        return left.truth() ? left : evaluate(*e.parts[1]);
      }
      case Kind::logical_and: {
        Value left = evaluate(*e.parts[0]);
        return left.truth() ? evaluate(*e.parts[1]) : left;
      }
      case Kind::negate:
        return arithmetic(Kind::subtract, Value::integer(0), evaluate(*e.parts[0]));
      default: {
        const Value left = evaluate(*e.parts[0]);
        const Value right = evaluate(*e.parts[1]);
        line_ = e.line;  // the operator's, not that of its last operand
        return operate(e.kind, left, right);
      }
    }
  }

  Value evaluate_conditional(const Expr& e) {
    if (evaluate(*e.parts[1]).truth()) return evaluate(*e.parts[0]);
    return e.parts[2] == nullptr ? Value::undefined("the value of an if without else") : evaluate(*e.parts[2]);
  }

  Value evaluate_if_any(const ExprPtr& expr) { return expr == nullptr ? Value::none() : evaluate(*expr); }

  std::vector<Value> evaluate_all(const Expr& e, size_t from) {
    std::vector<Value> values;
    for (size_t i = from; i < e.parts.size(); ++i) values.push_back(evaluate(*e.parts[i]));
    return values;
  }

  Value operate(Kind kind, const Value& left, const Value& right) {
    switch (kind) {
      case Kind::equal:
        return Value::boolean(equal(left, right, work_));
      case Kind::unequal:
        return Value::boolean(!equal(left, right, work_));
      case Kind::less:
        return Value::boolean(less(left, right, work_));
      case Kind::less_equal:
        return Value::boolean(!less(right, left, work_));
      case Kind::greater:
        return Value::boolean(less(right, left, work_));
      case Kind::greater_equal:
        return Value::boolean(!less(left, right, work_));
      case Kind::contained:
        return Value::boolean(contains(right, left, work_));
      case Kind::add:
        return add(left, right, work_);
      case Kind::join: {
        std::string text;
        append_printed(text, left, work_);
        append_printed(text, right, work_);
        return Value::text(std::move(text));
      }
      default:
        return arithmetic(kind, left, right);
    }
  }

  Value arithmetic(Kind kind, const Value& left, const Value& right) {
    int64_t m = 0, n = 0, out = 0;
    if (!left.number(m) || !right.number(n))
      fail("arithmetic with values of type {} and {} is not implemented", left.type_name(), right.type_name());
    if (kind == Kind::subtract || kind == Kind::multiply) {
      if (kind == Kind::subtract ? __builtin_sub_overflow(m, n, &out) : __builtin_mul_overflow(m, n, &out))
        fail("a number is too large");
      return Value::integer(out);
    }
    if (n == 0) fail("division by zero");
    if (n == -1) return kind == Kind::modulo ? Value::integer(0) : arithmetic(Kind::subtract, Value::integer(0), left);
    const bool rounded_up = m % n != 0 && (m < 0) != (n < 0);  // C++ rounds towards 0, Python down
    return Value::integer(kind == Kind::modulo ? m % n + (rounded_up ? n : 0) : m / n - (rounded_up ? 1 : 0));
  }

  Value make_namespace(const Expr& e) {
    Dict items;
    for (size_t i = 0; i < e.parts.size(); ++i) items.emplace_back(e.keywords[i], evaluate(*e.parts[i]));
    return Value::name_space(std::move(items));
  }

  [[noreturn]] Value raise(const Expr& e) {
    std::string message;
    append_printed(message, evaluate(*e.parts[0]), work_);
    fail("the chat template refuses this: {}", message);
  }

  Work work_;
  const Dict& given_;
  std::vector<std::pair<std::string_view, Value>> local_;
  size_t frame_ = 0;  // where the variables of the innermost loop's turn begin
  std::string out_;
  int line_ = 1;
};

}  // namespace

struct Template::Parts {
  std::string path;
  std::vector<Statement> statements;
};

Template::Template(std::string_view source, const std::string& path) {
  if (source.size() > kMaxSource)
    throw Error(fmt::format("the chat template has {} bytes; at most {} are read", source.size(), kMaxSource), {path});
  parts_ = std::make_unique<const Parts>(Parts{path, parse(source, path)});
}

Template::~Template() = default;
Template::Template(Template&&) noexcept = default;
Template& Template::operator=(Template&&) noexcept = default;

std::string Template::render(const Dict& variables, const Limits& limits) const {
  Renderer renderer(variables, limits);
  try {
    renderer.run(parts_->statements);
  } catch (const Error& e) {
    throw Error(e.message(), {parts_->path, renderer.line()}, e.kind());
  }
  return renderer.take_output();
}

}  // namespace crescent::jinja
