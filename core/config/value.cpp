#include "core/config/value.hpp"

namespace crescent {

const Value* Table::find(std::string_view name) const {
  for (const auto& [key, value] : fields)
    if (key == name) return &value;
  return nullptr;
}

void Table::set(const std::string& name, Value value) {
  for (auto& [key, old] : fields)
    if (key == name) {
      old = std::move(value);
      return;
    }
  fields.emplace_back(name, std::move(value));
}

std::string Value::kind() const {
  static constexpr const char* names[] = {"nothing",  "a boolean",  "an integer", "a number",
                                          "a string", "a function", "a table"};
  return names[data.index()];
}

std::string Value::show() const {
  if (const auto* b = get<bool>()) return *b ? "true" : "false";
  if (const auto* i = get<int64_t>()) return fmt::format("{}", *i);
  if (const auto* d = get<double>()) return fmt::format("{}", *d);
  if (const auto* s = get<std::string>()) return fmt::format("\"{}\"", *s);
  if (const auto* f = get<FunctionRef>()) return fmt::format("function at {}", f->source);
  if (const auto* t = get<Table>()) {
    std::vector<std::string> parts;
    for (const Value& v : t->list) parts.push_back(v.show());
    for (const auto& [key, v] : t->fields) parts.push_back(key + " = " + v.show());
    return parts.empty() ? "{}" : fmt::format("{{ {} }}", fmt::join(parts, ", "));
  }
  return "nil";
}

}  // namespace crescent
