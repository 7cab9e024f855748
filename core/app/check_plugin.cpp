#include "core/app/check_plugin.hpp"

#include <filesystem>

#include "core/app/named_reward.hpp"
#include "core/app/option_texts.hpp"
#include "core/conformance/child.hpp"
#include "core/plugin/describe.hpp"

namespace crescent {

namespace {

// The last of that name, as for a table.
std::string text_of(const Overrides& options, const std::string& name) {
  std::string text;
  for (const auto& [other, value] : options)
    if (other == name) text = value;
  return text;
}

// The options as the plugin's own description has them. To ask it for that is to load it, which a process of its own
// does: that says which options are texts, or what is wrong with them. Of a plugin that cannot be asked they stay as
// they look, and the checks say what is wrong with it.
Table library_options(const PluginUse& use, const Overrides& options, const PluginSearch& search) {
  const std::string path = find_plugin(use.plugin, search, use.place);
  const ChildResult said = run_in_child(
      [&]() -> std::string {
        const PluginDescription plugin = describe_plugin(path);
        if (!plugin.error.empty()) return "";
        const auto resolve = [&](Table table, Problems& problems) {
          for (const PluginDescription::Role& role : plugin.roles)
            resolve_options(role.role, {use.plugin, table, use.place}, search, problems);
          return table;
        };
        try {
          std::string texts = "+";
          for (const auto& field : read_option_texts<Table>(options, resolve).fields)
            texts += field.second.get<std::string>() != nullptr ? 't' : 'v';
          return texts;
        } catch (const Error& e) {
          return std::string("-") + e.what();
        }
      },
      kCheckSeconds);
  Table table = guess_options(options);
  if (!said.ok || said.text.empty()) return table;
  if (said.text[0] == '-') throw Error(said.text.substr(1), {}, ErrorKind::usage);
  for (size_t i = 0; i < table.fields.size(); ++i)
    if (auto& [name, value] = table.fields[i]; said.text[i + 1] == 't') value.data = text_of(options, name);
  return table;
}

}  // namespace

ConformanceReport check_plugin(const std::string& what, const Overrides& options, const Resources& resources) {
  if (const LuaFile file = lua_file(what); !file.path.empty()) {
    if (!std::filesystem::is_regular_file(file.path)) fail_usage({file.path, 0}, "there is no such file");
    return check_reward(what, [&] {
      static const HostServices services;
      return make_named_reward(what, options, resources, services).reward;
    });
  }
  const PluginSearch search{resources.plugin_folders, "."};
  PluginUse use{what, {}, {}};
  use.options = library_options(use, options, search);
  return check_library(use, search);
}

}  // namespace crescent
