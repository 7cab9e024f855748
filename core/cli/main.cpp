#include <fmt/format.h>

#include <utility>
#include <vector>

#include "core/base/error.hpp"
#include "core/cli/commands.hpp"

namespace crescent {

static int run_program(int argc, char** argv) {
  CLI::App program(
      "Trains vision-language models by curriculum reinforcement learning, from Lua experiments and plugins.");
  program.set_version_flag("--version", "crescent " CRESCENT_VERSION);
  program.require_subcommand(1);
  program.footer("Start with:  crescent run experiments/quickstart\nEach command has --help with examples.");

  // Every verb in the order a newcomer meets it.
  std::vector<std::pair<std::string, Command>> commands;
  commands.emplace_back("run", add_run(program));
  commands.emplace_back("data", add_data(program));
  commands.emplace_back("plugins", add_plugins(program));
  commands.emplace_back("doctor", add_doctor(program));

  try {
    program.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return program.exit(error) == 0 ? 0 : 2;
  }
  try {
    for (const auto& [name, command] : commands)
      if (program.got_subcommand(name)) return command();
  } catch (const Error& error) {
    fmt::print(stderr, "crescent: {}\n", error.what());
    return error.kind() == ErrorKind::usage ? 2 : 1;
  } catch (const std::exception& error) {
    fmt::print(stderr, "crescent: unexpected failure: {}\n", error.what());
    return 1;
  }
  return 2;
}

}  // namespace crescent

int main(int argc, char** argv) { return crescent::run_program(argc, argv); }
