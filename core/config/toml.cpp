#include "core/config/toml.hpp"

#define TOML_EXCEPTIONS 1
#include <toml++/toml.h>

#include <algorithm>

namespace crescent {

namespace {

Place place_of(const toml::node& node, const std::string& file) {
  return {file, static_cast<int>(node.source().begin.line)};
}

Value convert(const toml::node& node, const std::string& file) {
  const Place place = place_of(node, file);
  if (const auto* table = node.as_table()) {
    Table out;
    std::vector<std::pair<const toml::key*, const toml::node*>> entries;  // toml++ sorts by name; the text has an order
    for (const auto& [key, child] : *table) entries.emplace_back(&key, &child);
    std::stable_sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) {
      const toml::source_position x = a.first->source().begin, y = b.first->source().begin;
      return std::pair(x.line, x.column) < std::pair(y.line, y.column);
    });
    for (const auto& [key, child] : entries) out.fields.emplace_back(std::string(key->str()), convert(*child, file));
    if (out.fields.size() == 1 && out.fields[0].first == "lua")
      if (const auto* source = out.fields[0].second.get<std::string>()) return Value(FunctionRef{0, *source}, place);
    return Value(std::move(out), place);
  }
  if (const auto* array = node.as_array()) {
    Table out;
    for (const auto& child : *array) out.list.push_back(convert(child, file));
    return Value(std::move(out), place);
  }
  if (const auto* s = node.as_string()) return Value(s->get(), place);
  if (const auto* i = node.as_integer()) return Value(i->get(), place);
  if (const auto* d = node.as_floating_point()) return Value(d->get(), place);
  if (const auto* b = node.as_boolean()) return Value(b->get(), place);
  throw Error("dates and times are not options of anything here", place, ErrorKind::usage);
}

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\')
      out += '\\', out += c;
    else if (c == '\n')
      out += "\\n";
    else if (c == '\t')
      out += "\\t";
    else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
      out += fmt::format("\\u{:04X}", static_cast<unsigned char>(c));
    else
      out += c;
  }
  return out + '"';
}

std::string key_text(const std::string& key) {
  const bool bare = !key.empty() && std::all_of(key.begin(), key.end(), [](unsigned char c) {
    return std::isalnum(c) || c == '_' || c == '-';
  });
  return bare ? key : quoted(key);
}

std::string number_text(double d) {
  if (std::isnan(d)) return "nan";
  if (std::isinf(d)) return d > 0 ? "inf" : "-inf";
  std::string text = fmt::format("{}", d);  // shortest that reads back the same
  return text.find_first_of(".e") == text.npos ? text + ".0" : text;
}

std::string inline_text(const Value& value) {
  if (const auto* b = value.get<bool>()) return *b ? "true" : "false";
  if (const auto* i = value.get<int64_t>()) return fmt::format("{}", *i);
  if (const auto* d = value.get<double>()) return number_text(*d);
  if (const auto* s = value.get<std::string>()) return quoted(*s);
  if (const auto* f = value.get<FunctionRef>()) return fmt::format("{{ lua = {} }}", quoted(f->source));
  if (value.is_nil()) fail("nothing (nil) cannot be written as TOML");
  const Table& table = std::get<Table>(value.data);
  std::vector<std::string> parts;
  if (!table.fields.empty()) {
    if (!table.list.empty()) fail("a table with both positions and names cannot be written as TOML");
    for (const auto& [key, child] : table.fields) parts.push_back(key_text(key) + " = " + inline_text(child));
    return fmt::format("{{ {} }}", fmt::join(parts, ", "));
  }
  for (const Value& child : table.list) parts.push_back(inline_text(child));
  return fmt::format("[{}]", fmt::join(parts, ", "));
}

bool is_section(const Value& value) {
  return value.is_table() && value.get<Table>()->list.empty() && !value.get<Table>()->fields.empty();
}
bool is_list_of_sections(const Value& value) {
  const auto* table = value.get<Table>();
  return table && table->fields.empty() && !table->list.empty() &&
         std::all_of(table->list.begin(), table->list.end(), is_section);
}

void write_section(const Table& table, const std::string& prefix, std::string& out) {
  for (const auto& [key, value] : table.fields)
    if (!is_list_of_sections(value) && !(prefix.empty() && is_section(value)))
      out += fmt::format("{} = {}\n", key_text(key), inline_text(value));
  for (const auto& [key, value] : table.fields) {
    if (prefix.empty() && is_section(value)) {
      out += fmt::format("\n[{}]\n", key_text(key));
      write_section(*value.get<Table>(), key_text(key), out);
    } else if (is_list_of_sections(value)) {
      for (const Value& item : value.get<Table>()->list) {
        const std::string name = prefix.empty() ? key_text(key) : prefix + "." + key_text(key);
        out += fmt::format("\n[[{}]]\n", name);
        write_section(*item.get<Table>(), name, out);
      }
    }
  }
}

}  // namespace

Value read_toml(std::string_view text, const std::string& file) {
  try {
    return convert(toml::parse(text, std::string_view(file)), file);
  } catch (const toml::parse_error& e) {
    throw Error(std::string(e.description()), {file, static_cast<int>(e.source().begin.line)}, ErrorKind::usage);
  }
}

std::string write_toml(const Table& table) {
  std::string out;
  write_section(table, "", out);
  return out;
}

}  // namespace crescent
