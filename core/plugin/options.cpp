#include "core/plugin/options.hpp"

#include <algorithm>

#include "core/plugin/call.hpp"
#include "core/plugin/describe.hpp"

namespace crescent {

namespace {

OptionValue from_c_value(crescent_option_type type, const crescent_value& value) {
  switch (type) {
    case CRESCENT_BOOL:
      return value.integer != 0;
    case CRESCENT_INT:
      return value.integer;
    case CRESCENT_DOUBLE:
      return value.number;
    default:
      return std::string(from_span(value.text));
  }
}

OptionSpec spec_of(const std::string& owner, const crescent_option& option) {
  if (option.name == nullptr || option.name[0] == 0) fail("{}: one of its options has no name", owner);
  static constexpr OptionType types[] = {OptionType::boolean, OptionType::integer, OptionType::number,
                                         OptionType::string, OptionType::table};
  if (option.type < CRESCENT_BOOL || option.type > CRESCENT_SHARES)
    fail("{}: its option \"{}\" has the unknown type {}", owner, option.name, option.type);
  OptionSpec spec;
  spec.name = option.name;
  spec.type = types[option.type];
  spec.default_value = from_c_value(option.type, option.fallback);
  spec.min = option.min;
  spec.max = option.max;
  for (const char* const* choice = option.choices; choice != nullptr && *choice != nullptr; ++choice)
    spec.choices.emplace_back(*choice);
  spec.required = option.required != 0;
  spec.help = option.help == nullptr ? "" : option.help;
  return spec;
}

std::vector<std::string> names_of(const std::vector<OptionSpec>& specs) {
  std::vector<std::string> names;
  for (const OptionSpec& spec : specs) names.push_back(spec.name);
  return names;
}

const crescent_preset* find_preset(const crescent_options& options, const std::string& name) {
  for (uint64_t i = 0; i < options.n_presets; ++i)
    if (name == options.presets[i].name) return &options.presets[i];
  return nullptr;
}

// Numbers of at least 0 by name, as the plugin gets them (CRESCENT_SHARES); the table sorted by name, as the script
// gave it.
bool read_shares(const std::string& owner, const OptionSpec& spec, Value& value, OptionValue& out, Problems& problems) {
  auto* table = std::get_if<Table>(&value.data);
  if (table == nullptr || !table->list.empty() || table->fields.empty()) {
    problems.add(value.place,
                 "{}: option \"{}\" must name a number for each, {{ first = 0.7, second = 0.3 }}, found {}", owner,
                 spec.name, value.show());
    return false;
  }
  std::sort(table->fields.begin(), table->fields.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::string text;
  bool good = true;
  for (const auto& [name, share] : table->fields) {
    OptionSpec one;
    one.name = spec.name + "." + name;
    one.min = spec.min;
    one.max = spec.max;
    OptionValue number;
    if (!check_option(owner, one, share.place.file.empty() ? Value(share.data, value.place) : share, number, problems))
      good = false;
    else
      text += name + '\0' + fmt::format("{}", std::get<double>(number)) + '\0';
  }
  out = text;
  return good;
}

// The value of `spec` before the script speaks.
OptionValue starting_value(const std::string& owner, const OptionSpec& spec, crescent_option_type type,
                           const crescent_preset* preset) {
  for (uint64_t i = 0; preset != nullptr && i < preset->n_values; ++i)
    if (spec.name == preset->options[i]) {
      OptionValue out, raw = from_c_value(type, preset->values[i]);
      Problems problems;
      if (!check_option(fmt::format("{}: preset \"{}\"", owner, preset->name), spec, to_value(raw), out, problems))
        problems.throw_if_any();
      return out;
    }
  return spec.default_value;
}

}  // namespace

std::vector<OptionSpec> option_specs(const std::string& owner, const crescent_options& options) {
  std::vector<OptionSpec> specs;
  if (options.n_presets > 0) {
    OptionSpec preset;
    preset.name = "preset";
    preset.type = OptionType::string;
    preset.default_value = std::string();
    preset.help = "a named set of defaults, or \"\"";
    for (uint64_t i = 0; i < options.n_presets; ++i) {
      preset.choices.emplace_back(options.presets[i].name);
      preset.help += fmt::format("; {}: {}", options.presets[i].name, options.presets[i].help);
    }
    specs.push_back(preset);
  }
  for (uint64_t i = 0; i < options.n_options; ++i) {
    OptionSpec spec = spec_of(owner, options.options[i]);
    if (const auto names = names_of(specs); std::find(names.begin(), names.end(), spec.name) != names.end())
      fail("{}: two of its options are called \"{}\"", owner, spec.name);
    OptionValue ignored;
    Problems problems;
    if (!spec.required && spec.type != OptionType::table &&
        !check_option(fmt::format("{}: the default", owner), spec, to_value(spec.default_value), ignored, problems))
      problems.throw_if_any();
    specs.push_back(std::move(spec));
  }
  for (uint64_t p = 0; p < options.n_presets; ++p)
    for (uint64_t i = 0; i < options.presets[p].n_values; ++i)
      if (const auto names = names_of(specs);
          std::find(names.begin(), names.end(), options.presets[p].options[i]) == names.end())
        fail("{}: its preset \"{}\" sets \"{}\", which is none of its options", owner, options.presets[p].name,
             options.presets[p].options[i]);
  return specs;
}

ResolvedOptions apply_options(const std::string& owner, const crescent_options& options, const Table& given,
                              const Place& place, Problems& problems) {
  const std::vector<OptionSpec> specs = option_specs(owner, options);
  const std::vector<std::string> names = names_of(specs);
  const auto place_of = [&](const Value& value) { return value.place.file.empty() ? place : value.place; };
  for (const Value& entry : given.list)
    problems.add(place_of(entry), "{}: the entry {} has no name; options are written name = value", owner,
                 entry.show());
  for (const auto& [name, value] : given.fields)
    if (std::find(names.begin(), names.end(), name) == names.end())
      problems.add(place_of(value), "{} has no option \"{}\"{}", owner, name,
                   names.empty() ? "; it has none" : suggestion(name, names));

  ResolvedOptions out;
  const crescent_preset* preset = nullptr;
  const size_t first = options.n_presets > 0 ? 1 : 0;  // of the plugin's own in `specs`
  for (size_t i = 0; i < specs.size(); ++i) {
    const OptionSpec& spec = specs[i];
    OptionValue value =
        i < first ? spec.default_value : starting_value(owner, spec, options.options[i - first].type, preset);
    const Value* said = given.find(spec.name);
    const bool no_preset =
        i < first && said != nullptr && said->get<std::string>() != nullptr && said->get<std::string>()->empty();
    if (said != nullptr && !no_preset) {
      Value placed = *said;
      placed.place = place_of(*said);
      const bool shares = spec.type == OptionType::table;
      if (!(shares ? read_shares(owner, spec, placed, value, problems)
                   : check_option(owner, spec, placed, value, problems)))
        value = spec.default_value;
      if (shares) out.table.set(spec.name, Value(placed.data));
    } else if (said == nullptr && spec.required) {
      problems.add(place, "{}: option \"{}\" is missing", owner, spec.name);
    }
    if (spec.type != OptionType::table) out.table.set(spec.name, to_value(value));
    if (i < first)
      preset = find_preset(options, std::get<std::string>(value));
    else
      out.values.push_back(std::move(value));
  }
  return out;
}

std::vector<crescent_value> to_c_values(const std::vector<OptionValue>& values) {
  std::vector<crescent_value> out;
  for (const OptionValue& value : values) {
    crescent_value c{};
    if (const auto* b = std::get_if<bool>(&value)) c.integer = *b ? 1 : 0;
    if (const auto* i = std::get_if<int64_t>(&value)) c.integer = *i;
    if (const auto* d = std::get_if<double>(&value)) c.number = *d;
    if (const auto* s = std::get_if<std::string>(&value)) c.text = to_span(*s);
    out.push_back(c);
  }
  return out;
}

}  // namespace crescent
