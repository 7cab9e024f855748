// What templates compute with: Jinja's values, as Python has them, without floating point.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace crescent::jinja {

class Value;
using Dict = std::vector<std::pair<std::string, Value>>;  // few keys, in order

struct Undefined {
  std::string name;  // of what was looked for
};
struct None {};
struct Loop {  // the variable `loop` inside of a for
  int64_t index0 = 0, length = 0;
};
struct List {
  std::vector<Value> items;
  int nesting = 1;  // lists and dicts inside of each other, this one included
};

// Copies share texts, lists and dicts, which never change; a namespace alone is changed by `set`.
class Value {
 public:
  using Variant = std::variant<Undefined, None, bool, int64_t, std::shared_ptr<const std::string>,
                               std::shared_ptr<const List>, std::shared_ptr<const Dict>, Loop, std::shared_ptr<Dict>>;

  Value() = default;  // undefined
  Value(Variant variant) : variant_(std::move(variant)) {}
  static Value undefined(std::string_view name) { return Value(Variant(Undefined{std::string(name)})); }
  static Value none() { return Value(Variant(None{})); }
  static Value boolean(bool b) { return Value(Variant(b)); }
  static Value integer(int64_t i) { return Value(Variant(i)); }
  static Value text(std::string s) { return Value(Variant(std::make_shared<const std::string>(std::move(s)))); }
  // Throw Error past kMaxNesting and for a namespace among the items, which could hold itself.
  static Value list(std::vector<Value> items);
  static Value dict(Dict items);
  static Value name_space(Dict items);

  // Null, or what the value is.
  const Undefined* as_undefined() const { return std::get_if<Undefined>(&variant_); }
  const Loop* as_loop() const { return std::get_if<Loop>(&variant_); }
  const std::string* as_text() const { return pointee<const std::string>(); }
  const std::vector<Value>* as_list() const;
  const Dict* as_dict() const { return pointee<const Dict>(); }
  Dict* as_namespace() const { return pointee<Dict>(); }
  const bool* as_boolean() const { return std::get_if<bool>(&variant_); }
  bool is_none() const { return std::holds_alternative<None>(variant_); }
  // The number an integer or a boolean is, in Python's way; false: it is neither.
  bool number(int64_t& out) const;

  bool truth() const;
  std::string_view type_name() const;  // Python's: "str", "int", "NoneType", ...
  int nesting() const;                 // 0 for what holds no values

 private:
  template <class T>
  T* pointee() const {
    const auto* shared = std::get_if<std::shared_ptr<T>>(&variant_);
    return shared == nullptr ? nullptr : shared->get();
  }
  Variant variant_;
};

inline constexpr int kMaxNesting = 32;

const Value* find(const Dict& dict, std::string_view key);  // nullptr: no such key

}  // namespace crescent::jinja
