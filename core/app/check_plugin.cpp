#include "core/app/check_plugin.hpp"

#include "core/app/named_reward.hpp"

namespace crescent {

ConformanceReport check_plugin(const std::string& what, const Overrides& options, const Resources& resources) {
  if (what.find(".lua") != std::string::npos)
    return check_reward(what, [&] {
      static const HostServices services;
      return make_named_reward(what, options, resources, services).reward;
    });
  const PluginSearch search{resources.plugin_folders, "."};
  PluginUse use{what, {}, {}};
  for (const auto& [name, text] : options) use.options.set(name, guess_value(text, {"--option " + name, 0}));
  return check_library(use, search);
}

}  // namespace crescent
