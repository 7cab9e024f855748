#include "core/plugin/describe.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "core/plugin/call.hpp"

namespace crescent {

namespace {

std::string type_text(const OptionSpec& spec) {
  switch (spec.type) {
    case OptionType::boolean:
      return "true | false";
    case OptionType::integer:
      return "integer";
    case OptionType::number:
      return "number";
    case OptionType::table:
      return "numbers by name";
    default:
      break;
  }
  if (spec.choices.empty()) return "string";
  std::vector<std::string> quoted;
  for (const std::string& choice : spec.choices) quoted.push_back('"' + choice + '"');
  return fmt::format("{}", fmt::join(quoted, " | "));
}

std::string range_text(const OptionSpec& spec) {
  if (std::isfinite(spec.min) && std::isfinite(spec.max)) return fmt::format(", {} to {}", spec.min, spec.max);
  if (std::isfinite(spec.min)) return fmt::format(", at least {}", spec.min);
  if (std::isfinite(spec.max)) return fmt::format(", at most {}", spec.max);
  return "";
}

}  // namespace

PluginDescription describe_plugin(const std::string& path) {
  PluginDescription out;
  out.path = path;
  try {
    const PluginLibrary library = PluginLibrary::load(path);
    const crescent_plugin_entry& entry = library.entry();
    const auto add = [&](PluginRole role, const auto* factory) {
      if (factory != nullptr)
        out.roles.push_back(
            {role, option_specs(fmt::format("{} \"{}\"", role_name(role), entry.name), factory->options)});
    };
    add(PluginRole::reward, library.reward());
    add(PluginRole::sampler, library.sampler());
    add(PluginRole::curriculum, library.curriculum());
    out.name = printable(entry.name);
    out.version = printable(entry.version);
    out.author = printable(entry.author);
    out.licence = printable(entry.licence);
    out.description = printable(entry.description);
  } catch (const Error& e) {
    out.error = e.what();
  }
  return out;
}

std::vector<PluginDescription> describe_plugins(const PluginSearch& search) {
  std::vector<PluginDescription> out;
  for (const std::string& name : known_plugins(search)) out.push_back(describe_plugin(find_plugin(name, search, {})));
  return out;
}

std::string format_descriptions(const std::vector<PluginDescription>& plugins) {
  std::string text;
  for (const PluginDescription& plugin : plugins) {
    if (!plugin.error.empty()) {
      text += fmt::format("{}\n  cannot be loaded: {}\n\n", plugin.path, plugin.error);
      continue;
    }
    std::vector<std::string> roles;
    for (const auto& role : plugin.roles) roles.emplace_back(role_name(role.role));
    text += fmt::format("{} {} ({}): {}\n  {}\n", plugin.name, plugin.version, fmt::join(roles, ", "),
                        plugin.description, plugin.path);
    for (const auto& role : plugin.roles)
      for (const OptionSpec& spec : role.options)
        text += fmt::format("  {:<18} {}  [{}{}; {}]\n", spec.name, spec.help, type_text(spec), range_text(spec),
                            spec.required                    ? "required"
                            : spec.type == OptionType::table ? "default none"
                                                             : "default " + to_value(spec.default_value).show());
    text += '\n';
  }
  return text;
}

}  // namespace crescent
