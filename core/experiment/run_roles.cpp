#include "core/experiment/run_roles.hpp"

#include <algorithm>

#include "core/config/options.hpp"

namespace crescent {

namespace {

bool holds(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// The first list entry, when it is a string; anything else in the list is a mistake.
std::string first_entry(const std::string& owner, const Table& table, Problems& problems) {
  std::string first;
  for (size_t i = 0; i < table.list.size(); ++i) {
    const auto* text = table.list[i].get<std::string>();
    if (i == 0 && text != nullptr)
      first = *text;
    else
      problems.add(table.list[i].place, "{}: the entry {} has no name; options are written name = value", owner,
                   table.list[i].show());
  }
  return first;
}

}  // namespace

std::string text_field(const Table& table, const std::string& name) {
  const Value* value = table.find(name);
  const auto* text = value ? value->get<std::string>() : nullptr;
  return text ? *text : "";
}

std::string numbered(const std::string& role, const std::string& name, size_t number) {
  return name.empty() ? fmt::format("{} {}", role, number) : fmt::format("{} \"{}\"", role, name);
}

void read_role(const std::string& owner, const Value& value, const std::vector<std::string>& functions,
               const std::vector<std::string>& own, std::string* name, RoleConfig& role, Problems& problems) {
  role = RoleConfig{};
  role.place = value.place;
  if (const auto* plugin = value.get<std::string>()) {
    role.plugin = *plugin;
    return;
  }
  const auto* table = value.get<Table>();
  if (table == nullptr) {
    problems.add(value.place, "{} must be a plugin's name or a table, found {} {}", owner, value.kind(), value.show());
    return;
  }
  std::string first = first_entry(owner, *table, problems);
  for (const auto& [key, field] : table->fields) {
    if (holds(own, key)) continue;
    if (holds(functions, key)) {
      if (const auto* function = field.get<FunctionRef>())
        role.functions.emplace_back(key, *function);
      else
        problems.add(field.place, "{}: option \"{}\" must be a function, found {} {}", owner, key, field.kind(),
                     field.show());
    } else if (key == "plugin") {
      if (const auto* text = field.get<std::string>())
        role.plugin = *text;
      else
        problems.add(field.place, "{}: option \"plugin\" must be a string, found {} {}", owner, field.kind(),
                     field.show());
    } else {
      role.options.set(key, field);
    }
  }
  if (role.functions.empty()) {
    if (!first.empty() && !role.plugin.empty())
      problems.add(value.place, "{} names two plugins, \"{}\" and \"{}\"", owner, first, role.plugin);
    if (role.plugin.empty()) role.plugin = first;
    if (role.plugin.empty() &&
        std::none_of(functions.begin(), functions.end(), [&](const auto& f) { return table->find(f) != nullptr; }))
      problems.add(value.place, "{} names no plugin and has no function {}", owner, functions.front());
    return;
  }
  if (name != nullptr && name->empty())
    *name = first;
  else if (name == nullptr && !first.empty() && role.plugin.empty())
    role.plugin = first;
  if (!role.plugin.empty())
    problems.add(value.place, "{} has both a plugin (\"{}\") and a function ({}); give one of them", owner, role.plugin,
                 role.functions.front().first);
  if (table->find(functions.front()) == nullptr)
    problems.add(value.place, "{} has a function {} but no function {}", owner, role.functions.front().first,
                 functions.front());
  std::vector<std::string> known = functions;
  known.insert(known.end(), own.begin(), own.end());
  for (const auto& [key, field] : role.options.fields)
    if (role.plugin.empty()) problems.add(field.place, "{} has no option \"{}\"{}", owner, key, suggestion(key, known));
}

void write_role(const RoleConfig& role, Table& out) {
  if (!role.plugin.empty()) out.set("plugin", Value(role.plugin));
  for (const auto& [name, function] : role.functions) out.set(name, Value(function));
  for (const auto& [name, value] : role.options.fields) out.set(name, value);
}

}  // namespace crescent
