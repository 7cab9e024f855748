#include <fmt/format.h>

#include "core/app/resources.hpp"
#include "core/cli/commands.hpp"
#include "core/plugin/describe.hpp"

namespace crescent {

Command add_plugins(CLI::App& program) {
  CLI::App* plugins = program.add_subcommand("plugins", "what can be loaded");
  plugins->require_subcommand(1);
  CLI::App* list = plugins->add_subcommand("list", "every plugin found, with its options");
  list->footer(
      "Searched: the program's own plugins/, then the folders of CRESCENT_PLUGIN_PATH (a:b:c).\n"
      "Example:\n  CRESCENT_PLUGIN_PATH=my_plugins crescent plugins list");
  return [] {
    const PluginSearch search{find_resources().plugin_folders, "."};
    fmt::print("{}", format_descriptions(describe_plugins(search)));
    return 0;
  };
}

}  // namespace crescent
