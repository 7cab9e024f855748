#include "core/config/options.hpp"

#include <algorithm>

namespace crescent {

namespace {

std::string type_name(OptionType type) {
  static constexpr const char* names[] = {"true or false", "an integer",        "a number",
                                          "a string",      "a list of numbers", "a table"};
  return names[static_cast<int>(type)];
}

std::string annotated_type(const OptionSpec& spec) {
  static constexpr const char* names[] = {"boolean", "integer", "number", "string", "number[]", "table"};
  if (spec.choices.empty()) return names[static_cast<int>(spec.type)];
  return fmt::format("\"{}\"", fmt::join(spec.choices, "\"|\""));
}

std::string range_text(double min, double max) {
  if (std::isinf(max)) return fmt::format("at least {}", min);
  if (std::isinf(min)) return fmt::format("at most {}", max);
  return fmt::format("from {} to {}", min, max);
}

bool in_range(const OptionSpec& spec, double x) { return std::isfinite(x) && x >= spec.min && x <= spec.max; }

// The value in the option's type, or nothing when it is of another kind. An integer is a fine number.
bool convert(const OptionSpec& spec, const Value& value, OptionValue& out) {
  switch (spec.type) {
    case OptionType::boolean:
      if (const auto* b = value.get<bool>()) return out = *b, true;
      return false;
    case OptionType::integer:
      if (const auto* i = value.get<int64_t>()) return out = *i, true;
      if (const auto* d = value.get<double>(); d && std::floor(*d) == *d && std::abs(*d) < 9e15)
        return out = static_cast<int64_t>(*d), true;
      return false;
    case OptionType::number:
      if (const auto* d = value.get<double>()) return out = *d, true;
      if (const auto* i = value.get<int64_t>()) return out = static_cast<double>(*i), true;
      return false;
    case OptionType::string:
      if (const auto* s = value.get<std::string>()) return out = *s, true;
      return false;
    case OptionType::numbers: {
      const auto* table = value.get<Table>();
      if (table == nullptr || !table->fields.empty()) return false;
      std::vector<double> numbers;
      for (const Value& v : table->list) {
        if (const auto* d = v.get<double>())
          numbers.push_back(*d);
        else if (const auto* i = v.get<int64_t>())
          numbers.push_back(static_cast<double>(*i));
        else
          return false;
      }
      return out = std::move(numbers), true;
    }
    case OptionType::table:
      return false;
  }
  return false;
}

}  // namespace

Value to_value(const OptionValue& value) {
  if (const auto* list = std::get_if<std::vector<double>>(&value)) {
    Table table;
    for (const double d : *list) table.list.emplace_back(d);
    return Value(std::move(table));
  }
  return std::visit(
      [](const auto& v) {
        if constexpr (std::is_same_v<std::decay_t<decltype(v)>, std::vector<double>>)
          return Value();
        else
          return Value(v);
      },
      value);
}

bool check_option(const std::string& owner, const OptionSpec& spec, const Value& value, OptionValue& out,
                  Problems& problems) {
  if (!convert(spec, value, out)) {
    problems.add(value.place, "{}: option \"{}\" must be {}, found {} {}", owner, spec.name, type_name(spec.type),
                 value.kind(), value.show());
    return false;
  }
  std::vector<double> numbers;
  if (const auto* i = std::get_if<int64_t>(&out)) numbers = {static_cast<double>(*i)};
  if (const auto* d = std::get_if<double>(&out)) numbers = {*d};
  if (const auto* list = std::get_if<std::vector<double>>(&out)) numbers = *list;
  for (const double x : numbers)
    if (!in_range(spec, x)) {
      problems.add(value.place, "{}: option \"{}\" is {}, but must be {}", owner, spec.name, value.show(),
                   std::isfinite(x) ? range_text(spec.min, spec.max) : "finite");
      return false;
    }
  if (const auto* s = std::get_if<std::string>(&out); s && !spec.choices.empty())
    if (std::find(spec.choices.begin(), spec.choices.end(), *s) == spec.choices.end()) {
      const std::string near = nearest(*s, spec.choices);
      problems.add(value.place, "{}: option \"{}\" is \"{}\", but must be one of {}{}", owner, spec.name, *s,
                   fmt::join(spec.choices, ", "), near.empty() ? "" : fmt::format("; did you mean \"{}\"?", near));
      return false;
    }
  return true;
}

template <class T>
OptionTable& OptionTable::add_entry(const std::string& name, T& target, OptionType type, OptionLimits limits) {
  Entry entry;
  entry.spec = {name, type, target, limits.min, limits.max, limits.choices, limits.required, limits.help};
  entry.count = limits.count;
  entry.assign = [&target](const OptionValue& v) { target = std::get<T>(v); };
  entry.current = [&target] { return to_value(OptionValue(target)); };
  entries_.push_back(std::move(entry));
  return *this;
}

OptionTable& OptionTable::add(const std::string& name, bool& t, OptionLimits l) {
  return add_entry(name, t, OptionType::boolean, std::move(l));
}
OptionTable& OptionTable::add(const std::string& name, int64_t& t, OptionLimits l) {
  return add_entry(name, t, OptionType::integer, std::move(l));
}
OptionTable& OptionTable::add(const std::string& name, double& t, OptionLimits l) {
  return add_entry(name, t, OptionType::number, std::move(l));
}
OptionTable& OptionTable::add(const std::string& name, std::string& t, OptionLimits l) {
  return add_entry(name, t, OptionType::string, std::move(l));
}
OptionTable& OptionTable::add(const std::string& name, std::vector<double>& t, OptionLimits l) {
  return add_entry(name, t, OptionType::numbers, std::move(l));
}

OptionTable& OptionTable::nest(const std::string& name, OptionTable inner, std::string help) {
  Entry entry;
  entry.spec.name = name;
  entry.spec.type = OptionType::table;
  entry.spec.help = std::move(help);
  entry.inner = std::make_shared<OptionTable>(std::move(inner));
  entry.inner->owner_ = owner_ + "." + name;
  entries_.push_back(std::move(entry));
  return *this;
}

OptionTable& OptionTable::custom(const std::string& name, std::string help,
                                 std::function<void(const Value&, Problems&)> read, std::function<Value()> write,
                                 std::string lua_type) {
  Entry entry;
  entry.spec.name = name;
  entry.spec.help = std::move(help);
  entry.read_custom = std::move(read);
  entry.current = std::move(write);
  entry.lua_type = std::move(lua_type);
  entries_.push_back(std::move(entry));
  return *this;
}

void OptionTable::read(const Table& table, const Place& place, Problems& problems, size_t positional) {
  for (size_t i = positional; i < table.list.size(); ++i)
    problems.add(table.list[i].place.file.empty() ? place : table.list[i].place,
                 "{}: the entry {} has no name; options are written name = value", owner_, table.list[i].show());
  for (const auto& [name, value] : table.fields) {
    const auto it = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& e) { return e.spec.name == name; });
    if (it == entries_.end()) {
      problems.add(value.place, "{} has no option \"{}\"{}", owner_, name, suggestion(name, names()));
      continue;
    }
    if (it->read_custom) {
      it->read_custom(value, problems);
    } else if (it->inner) {
      if (const auto* inner = value.get<Table>())
        it->inner->read(*inner, value.place, problems);
      else
        problems.add(value.place, "{}: option \"{}\" must be a table, found {} {}", owner_, name, value.kind(),
                     value.show());
    } else {
      OptionValue out;
      if (!check_option(owner_, it->spec, value, out, problems)) continue;
      if (const auto* list = std::get_if<std::vector<double>>(&out);
          list && it->count != 0 && list->size() != it->count) {
        problems.add(value.place, "{}: option \"{}\" must have {} numbers, found {}", owner_, name, it->count,
                     list->size());
        continue;
      }
      it->assign(out);
    }
  }
  for (const Entry& e : entries_)
    if (e.spec.required && table.find(e.spec.name) == nullptr)
      problems.add(place, "{}: option \"{}\" is missing", owner_, e.spec.name);
}

Table OptionTable::write() const {
  Table table;
  for (const Entry& e : entries_) {
    Value value = e.inner ? Value(e.inner->write()) : e.current();
    if (!value.is_nil()) table.set(e.spec.name, std::move(value));
  }
  return table;
}

std::vector<std::string> OptionTable::names() const {
  std::vector<std::string> names;
  for (const Entry& e : entries_) names.push_back(e.spec.name);
  return names;
}

std::string OptionTable::help(int indent) const {
  std::string text;
  for (const Entry& e : entries_) {
    const std::string pad(static_cast<size_t>(indent), ' ');
    if (e.inner) {
      text += fmt::format("{}{:<22} {}\n{}", pad, e.spec.name + " = {", e.spec.help, e.inner->help(indent + 2));
      continue;
    }
    text += fmt::format("{}{:<22} {}\n", pad, e.spec.name, e.note());
  }
  return text;
}

// Its help with range, choices and default.
std::string OptionTable::Entry::note() const {
  std::string note = spec.help;
  if (read_custom || inner) return note;
  if (std::isfinite(spec.min) || std::isfinite(spec.max)) note += fmt::format(" ({})", range_text(spec.min, spec.max));
  if (!spec.choices.empty()) note += fmt::format(" ({})", fmt::join(spec.choices, " | "));
  return note + (spec.required ? " [required]" : fmt::format(" [default {}]", to_value(spec.default_value).show()));
}

std::string OptionTable::annotations(const std::string& class_name) const {
  std::string before, text = fmt::format("---@class {}\n", class_name);
  for (const Entry& e : entries_) {
    const std::string inner = class_name + "." + e.spec.name;
    if (e.inner) before += e.inner->annotations(inner) + "\n";
    const std::string type = e.inner ? inner : e.read_custom ? e.lua_type : annotated_type(e.spec);
    text += fmt::format("---@field {}{} {} {}\n", e.spec.name, e.spec.required ? "" : "?", type, e.note());
  }
  return before + text;
}

}  // namespace crescent
