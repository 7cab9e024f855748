// What `crescent plugins list` prints.
#pragma once

#include <string>
#include <vector>

#include "core/config/options.hpp"
#include "core/plugin/library.hpp"
#include "core/plugin/plugin.hpp"

namespace crescent {

struct PluginDescription {
  std::string name, version, author, licence, description, path;
  struct Role {
    PluginRole role;
    std::vector<OptionSpec> options;
  };
  std::vector<Role> roles;
  std::string error;  // the library could not be loaded: why; the fields but path are empty then
};

// The options as the host checks them, a `preset` added where the plugin has presets. Throws Error when the plugin's
// description of them makes no sense (two of one name, a default out of range).
std::vector<OptionSpec> option_specs(const std::string& owner, const crescent_options& options);

PluginDescription describe_plugin(const std::string& path);
// Every *.so of the search's folders, by name; one that cannot be loaded is listed with its error.
std::vector<PluginDescription> describe_plugins(const PluginSearch& search);
// As text: name, version, role, description, options with type, default, range and help.
std::string format_descriptions(const std::vector<PluginDescription>& plugins);

}  // namespace crescent
