// What a script or a TOML file says, before it is checked: a tree of values that each know their place.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/base/error.hpp"

namespace crescent {

// A Lua function inside a configuration. `reference` is the owner's handle (script/ makes and resolves it; 0: none);
// `source` names it in config.toml: "experiment.lua:14".
struct FunctionRef {
  int reference = 0;
  std::string source;
  explicit operator bool() const { return reference != 0; }
};

struct Value;

// Positional entries and named entries, both in the order they were written (named ones sorted when from Lua).
struct Table {
  std::vector<Value> list;
  std::vector<std::pair<std::string, Value>> fields;
  const Value* find(std::string_view name) const;  // null when absent
  void set(const std::string& name, Value value);  // replaces or appends
};

struct Value {
  std::variant<std::monostate, bool, int64_t, double, std::string, FunctionRef, Table> data;
  Place place;

  Value() = default;
  template <class T>
  explicit Value(T value, Place where = {}) : data(std::move(value)), place(std::move(where)) {}

  template <class T>
  const T* get() const { return std::get_if<T>(&data); }
  bool is_nil() const { return std::holds_alternative<std::monostate>(data); }
  bool is_table() const { return std::holds_alternative<Table>(data); }
  // "a string", "an integer", ...: for errors.
  std::string kind() const;
  // The value as a person would write it: `"abc"`, `0.5`, `{ ... }`.
  std::string show() const;
};

}  // namespace crescent
