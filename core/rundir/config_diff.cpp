#include "core/rundir/config_diff.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

namespace crescent {

namespace {

using Differences = std::vector<ConfigDifference>;

std::string show(const Value* value) { return value == nullptr ? "(not set)" : value->show(); }

std::optional<double> number(const Value& value) {
  if (const auto* i = value.get<int64_t>()) return static_cast<double>(*i);
  if (const auto* d = value.get<double>()) return *d;
  return std::nullopt;
}

bool equal_scalars(const Value& a, const Value& b) {
  if (a.get<int64_t>() && b.get<int64_t>()) return *a.get<int64_t>() == *b.get<int64_t>();
  if (const auto x = number(a), y = number(b); x && y) return *x == *y || (std::isnan(*x) && std::isnan(*y));
  if (a.data.index() != b.data.index()) return false;
  if (const auto* f = a.get<FunctionRef>()) return f->source == b.get<FunctionRef>()->source;
  return a.show() == b.show();
}

void compare_values(const std::string& key, const Value* a, const Value* b, Differences& out);

void compare_tables(const std::string& prefix, const Table& a, const Table& b, Differences& out) {
  const auto dotted = [&](const std::string& name) { return prefix.empty() ? name : prefix + "." + name; };
  for (const auto& [name, value] : a.fields) compare_values(dotted(name), &value, b.find(name), out);
  for (const auto& [name, value] : b.fields)
    if (a.find(name) == nullptr) compare_values(dotted(name), nullptr, &value, out);
  for (size_t i = 0; i < std::max(a.list.size(), b.list.size()); ++i)
    compare_values(fmt::format("{}[{}]", prefix, i + 1), i < a.list.size() ? &a.list[i] : nullptr,
                   i < b.list.size() ? &b.list[i] : nullptr, out);
}

void compare_values(const std::string& key, const Value* a, const Value* b, Differences& out) {
  if (a != nullptr && b != nullptr) {
    if (a->is_table() && b->is_table()) return compare_tables(key, *a->get<Table>(), *b->get<Table>(), out);
    if (!a->is_table() && !b->is_table() && equal_scalars(*a, *b)) return;
  }
  out.push_back({key, show(a), show(b)});
}

}  // namespace

Differences diff_config(const Table& old_config, const Table& new_config) {
  Differences out;
  compare_tables("", old_config, new_config, out);
  return out;
}

}  // namespace crescent
