#include <fmt/format.h>

#include <memory>

#include "core/app/check_plugin.hpp"
#include "core/app/resources.hpp"
#include "core/app/scaffold.hpp"
#include "core/cli/commands.hpp"
#include "core/cli/settings.hpp"
#include "core/plugin/describe.hpp"

namespace crescent {

namespace {

Command add_list(CLI::App& plugins) {
  CLI::App* list = plugins.add_subcommand("list", "every plugin found, with its options");
  list->footer(
      "Searched: the program's own plugins/, then the folders of CRESCENT_PLUGIN_PATH (a:b:c).\n"
      "Example:\n  CRESCENT_PLUGIN_PATH=my_plugins crescent plugins list");
  return [] {
    const PluginSearch search = find_resources().plugin_search(".");
    fmt::print("{}", format_descriptions(describe_plugins(search)));
    return 0;
  };
}

Command add_new(CLI::App& plugins) {
  auto request = std::make_shared<ScaffoldRequest>();
  CLI::App* command = plugins.add_subcommand("new", "write a folder with a plugin that builds, passes and runs");
  command->add_option("ROLE", request->role, "reward, sampler or curriculum")
      ->required()
      ->check(CLI::IsMember({"reward", "sampler", "curriculum"}));
  command->add_option("NAME", request->name, "how scripts call it: lower-case letters, digits, _")->required();
  command->add_option("--lang", request->language, "c, cpp, lua or (for rewards) python")
      ->required()
      ->check(CLI::IsMember({"c", "cpp", "lua", "python"}));
  command->add_option("--out", request->folder, "folder to write (default: NAME)");
  command->footer(
      "Examples:\n"
      "  crescent plugins new reward near_miss --lang cpp && cd near_miss && make test run\n"
      "  crescent plugins new sampler hard_first --lang lua");
  return [request] {
    if (request->folder.empty()) request->folder = request->name;
    const std::vector<std::string> files = write_scaffold(*request, find_resources());
    fmt::print("{}/\n", request->folder);
    for (const std::string& file : files) fmt::print("  {}\n", file);
    fmt::print("Next: make -C {} test run\n", request->folder);
    return 0;
  };
}

Command add_check(CLI::App& plugins) {
  struct Arguments {
    std::string file;
    std::vector<std::string> options;
  };
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = plugins.add_subcommand("check", "whether a plugin keeps to the interface; what failed, and why");
  command->add_option("FILE", arguments->file, "a .so, a plugin's name, or a reward's .lua")->required();
  command->add_option("--option,--set", arguments->options, "name=value: an option to check it with")
      ->allow_extra_args(false);
  command->footer(
      "Each check runs in a process of its own: a crash or a hang is reported.\n"
      "Exit code: 0 all passed, 1 something failed.\n"
      "Examples:\n"
      "  crescent plugins check ./near_miss.so\n"
      "  crescent plugins check length --option max_tokens=28");
  return [arguments] {
    const ConformanceReport report =
        check_plugin(arguments->file, split_settings("--option", arguments->options), find_resources());
    fmt::print("{}", format_report(report));
    return report.passed() ? 0 : 1;
  };
}

}  // namespace

Command add_plugins(CLI::App& program) {
  CLI::App* plugins = program.add_subcommand("plugins", "what can be loaded; make a plugin, check one");
  plugins->require_subcommand(1);
  const std::vector<std::pair<std::string, Command>> commands = {
      {"list", add_list(*plugins)}, {"new", add_new(*plugins)}, {"check", add_check(*plugins)}};
  return [plugins, commands] {
    for (const auto& [name, command] : commands)
      if (plugins->got_subcommand(name)) return command();
    return 2;
  };
}

}  // namespace crescent
