#include "core/jinja/builtins.hpp"

#include <algorithm>

#include "core/base/json.hpp"
#include "core/jinja/operations.hpp"
#include "core/jinja/space.hpp"

namespace crescent::jinja {

namespace {

using Arguments = std::span<const Value>;

std::string printed(const Value& value, Work& work) {
  std::string out;
  append_printed(out, value, work);
  return out;
}

Value trim(const Value& value, Arguments, Work& work) {
  const std::string text = printed(value, work);
  return Value::text(std::string(trim_left(trim_right(text))));
}

Value as_text(const Value& value, Arguments, Work& work) { return Value::text(printed(value, work)); }

// ASCII alone: what other letters become depends on Python's version of Unicode.
Value change_case(const Value& value, Work& work, std::string_view filter, char first, char last) {
  std::string text = printed(value, work);
  for (char& c : text) {
    if (static_cast<unsigned char>(c) >= 0x80)
      fail("the filter {} is implemented for ASCII alone: \"{}\"", filter, text);
    if (c >= first && c <= last) c = static_cast<char>(c ^ 0x20);
  }
  return Value::text(std::move(text));
}
Value upper(const Value& value, Arguments, Work& work) { return change_case(value, work, "upper", 'a', 'z'); }
Value lower(const Value& value, Arguments, Work& work) { return change_case(value, work, "lower", 'A', 'Z'); }

Value length(const Value& value, Arguments, Work& work) {
  if (const std::string* text = value.as_text()) {
    work.bytes(text->size());
    return Value::integer(static_cast<int64_t>(character_starts(*text).size()) - 1);
  }
  if (const auto* items = value.as_list()) return Value::integer(static_cast<int64_t>(items->size()));
  if (const Dict* dict = value.as_dict()) return Value::integer(static_cast<int64_t>(dict->size()));
  if (value.as_undefined() != nullptr) return Value::integer(0);
  fail("a value of type {} has no length", value.type_name());
}

// default(otherwise = '', boolean = false): with boolean, for whatever is not true.
Value or_default(const Value& value, Arguments arguments, Work&) {
  const bool wanted = arguments.size() > 1 && arguments[1].truth() ? !value.truth() : value.as_undefined() != nullptr;
  if (!wanted) return value;
  return arguments.empty() ? Value::text("") : arguments[0];
}

Value end_of(const Value& value, Work& work, std::string_view filter, int64_t index) {
  if (value.as_list() == nullptr && value.as_text() == nullptr)
    fail("the filter {} is implemented for a list or a str, not for {}", filter, value.type_name());
  return item_of(value, Value::integer(index), work);
}
Value first(const Value& value, Arguments, Work& work) { return end_of(value, work, "first", 0); }
Value last(const Value& value, Arguments, Work& work) { return end_of(value, work, "last", -1); }

void append_json(std::string& out, const Value& value, Work& work);

void append_json_items(std::string& out, const std::vector<Value>& items, Work& work) {
  out += '[';
  for (const Value& item : items) {
    if (&item != items.data()) out += ", ";
    append_json(out, item, work);
  }
  out += ']';
}

void append_json_items(std::string& out, const Dict& items, Work& work) {
  out += '{';
  for (const auto& entry : items) {
    if (&entry != items.data()) out += ", ";
    out += Json(entry.first).dump() + ": ";
    work.bytes(entry.first.size());
    append_json(out, entry.second, work);
  }
  out += '}';
}

// As transformers sets it: json.dumps(value, ensure_ascii=False).
void append_json(std::string& out, const Value& value, Work& work) {
  work.step();
  if (const std::string* text = value.as_text()) {
    work.bytes(text->size());
    out += Json(*text).dump();
  } else if (const bool* boolean = value.as_boolean()) {
    out += *boolean ? "true" : "false";
  } else if (int64_t n = 0; value.number(n)) {
    out += std::to_string(n);
  } else if (value.is_none()) {
    out += "null";
  } else if (const auto* items = value.as_list()) {
    append_json_items(out, *items, work);
  } else if (const Dict* dict = value.as_dict()) {
    append_json_items(out, *dict, work);
  } else {
    fail("a value of type {} cannot be written as JSON", value.type_name());
  }
}
Value to_json(const Value& value, Arguments, Work& work) {
  std::string out;
  append_json(out, value, work);
  return Value::text(std::move(out));
}

constexpr Filter kFilters[] = {{"trim", 0, trim},    {"tojson", 0, to_json},     {"length", 0, length},
                               {"count", 0, length}, {"default", 2, or_default}, {"d", 2, or_default},
                               {"upper", 0, upper},  {"lower", 0, lower},        {"string", 0, as_text},
                               {"first", 0, first},  {"last", 0, last}};

bool is_number(const Value& value) {
  int64_t ignored = 0;
  return value.number(ignored);
}
bool is_boolean(const Value& value, bool wanted) {
  return value.as_boolean() != nullptr && *value.as_boolean() == wanted;
}

constexpr Test kTests[] = {
    {"defined", [](const Value& v) { return v.as_undefined() == nullptr; }},
    {"undefined", [](const Value& v) { return v.as_undefined() != nullptr; }},
    {"none", [](const Value& v) { return v.is_none(); }},
    {"string", [](const Value& v) { return v.as_text() != nullptr; }},
    {"mapping", [](const Value& v) { return v.as_dict() != nullptr; }},
    {"sequence",
     [](const Value& v) { return v.as_text() != nullptr || v.as_list() != nullptr || v.as_dict() != nullptr; }},
    {"iterable",
     [](const Value& v) {
       return v.as_text() != nullptr || v.as_list() != nullptr || v.as_dict() != nullptr || v.as_undefined() != nullptr;
     }},
    {"boolean", [](const Value& v) { return v.as_boolean() != nullptr; }},
    {"true", [](const Value& v) { return is_boolean(v, true); }},
    {"false", [](const Value& v) { return is_boolean(v, false); }},
    {"integer", [](const Value& v) { return is_number(v) && v.as_boolean() == nullptr; }},
    {"number", is_number}};

template <class Table>
auto find_in(const Table& table, std::string_view name) {
  const auto found =
      std::find_if(std::begin(table), std::end(table), [&](const auto& entry) { return entry.name == name; });
  return found == std::end(table) ? nullptr : &*found;
}

template <class Table>
std::vector<std::string> names_in(const Table& table) {
  std::vector<std::string> names;
  for (const auto& entry : table) names.emplace_back(entry.name);
  return names;
}

}  // namespace

const Filter* find_filter(std::string_view name) { return find_in(kFilters, name); }
const Test* find_test(std::string_view name) { return find_in(kTests, name); }
std::vector<std::string> filter_names() { return names_in(kFilters); }
std::vector<std::string> test_names() { return names_in(kTests); }

}  // namespace crescent::jinja
