#include "core/jinja/value.hpp"

#include <algorithm>

#include "core/base/error.hpp"

namespace crescent::jinja {

namespace {

int nesting_around(int inside) {
  if (inside >= kMaxNesting) fail("lists are nested more than {} deep", kMaxNesting);
  return inside + 1;
}

int checked_nesting(const Value& item) {
  if (item.as_namespace() != nullptr) fail("a namespace inside of a list, a dict or a namespace is not implemented");
  return item.nesting();
}

}  // namespace

Value Value::list(std::vector<Value> items) {
  int inside = 0;
  for (const Value& item : items) inside = std::max(inside, checked_nesting(item));
  return Value(Variant(std::make_shared<const List>(List{std::move(items), nesting_around(inside)})));
}

Value Value::dict(Dict items) {
  int inside = 0;
  for (const auto& [key, item] : items) inside = std::max(inside, checked_nesting(item));
  nesting_around(inside);
  return Value(Variant(std::make_shared<const Dict>(std::move(items))));
}

Value Value::name_space(Dict items) {
  for (const auto& [key, item] : items) checked_nesting(item);
  return Value(Variant(std::make_shared<Dict>(std::move(items))));
}

const std::vector<Value>* Value::as_list() const {
  const List* list = pointee<const List>();
  return list == nullptr ? nullptr : &list->items;
}

bool Value::number(int64_t& out) const {
  if (const auto* integer = std::get_if<int64_t>(&variant_)) {
    out = *integer;
    return true;
  }
  if (const bool* boolean = as_boolean()) {
    out = *boolean ? 1 : 0;
    return true;
  }
  return false;
}

bool Value::truth() const {
  int64_t n = 0;
  if (number(n)) return n != 0;
  if (const std::string* text = as_text()) return !text->empty();
  if (const auto* items = as_list()) return !items->empty();
  if (const Dict* dict = as_dict()) return !dict->empty();
  return as_loop() != nullptr || as_namespace() != nullptr;
}

std::string_view Value::type_name() const {
  static constexpr std::string_view names[] = {"undefined", "NoneType", "bool", "int",      "str",
                                               "list",      "dict",     "loop", "namespace"};
  static_assert(std::size(names) == std::variant_size_v<Variant>);
  return names[variant_.index()];
}

int Value::nesting() const {
  if (const List* list = pointee<const List>()) return list->nesting;
  int inside = -1;
  if (const Dict* dict = as_dict()) {
    inside = 0;
    for (const auto& [key, item] : *dict) inside = std::max(inside, item.nesting());
  }
  return inside + 1;
}

const Value* find(const Dict& dict, std::string_view key) {
  for (const auto& [name, value] : dict) {
    if (name == key) return &value;
  }
  return nullptr;
}

}  // namespace crescent::jinja
