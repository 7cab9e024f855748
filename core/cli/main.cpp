#include <fmt/format.h>

#include <utility>
#include <vector>

#include "core/app/console.hpp"
#include "core/base/error.hpp"
#include "core/cli/commands.hpp"

namespace crescent {

// "a, b and c"
static std::string listed(const std::vector<std::string>& names) {
  if (names.size() < 2) return fmt::format("{}", fmt::join(names, ""));
  return fmt::format("{} and {}", fmt::join(names.begin(), names.end() - 1, ", "), names.back());
}

// `; did you mean --threads?`, or all there are.
static std::string hint(const std::string& word, const std::vector<std::string>& known) {
  const std::string near = nearest(word, known);
  return near.empty() ? fmt::format("; there {} {}", known.size() == 1 ? "is only" : "are", listed(known))
                      : fmt::format("; did you mean {}?", near);
}

// What can follow `typed`, with its help, a line each.
static std::string commands_of(const std::string& typed, const CLI::App& app) {
  std::string text = fmt::format("{} does one of these:\n", typed);
  for (const CLI::App* verb : app.get_subcommands([](const CLI::App*) { return true; }))
    text += fmt::format("  {} {:<8} {}\n", typed, verb->get_name(), verb->get_description());
  text.pop_back();
  return text;
}

// What is wrong with the command line. A word nobody knows is named before what is missing: it is often the cause.
static std::string explain(const CLI::App& program, const CLI::ParseError& error) {
  const CLI::App* app = &program;  // the innermost command that was reached
  std::string typed = "crescent";
  while (!app->get_subcommands().empty()) {
    app = app->get_subcommands().front();
    typed += " " + app->get_name();
  }
  std::vector<std::string> verbs, options;
  for (const CLI::App* verb : app->get_subcommands([](const CLI::App*) { return true; }))
    verbs.push_back(verb->get_name());
  for (const CLI::Option* option : app->get_options())
    for (const std::string& name : option->get_lnames()) options.push_back("--" + name);

  const std::vector<std::string> unknown = program.remaining(true);
  for (const std::string& word : unknown)
    if (word.size() > 1 && word[0] == '-') {
      const std::string option = word.substr(0, word.find('='));
      return fmt::format("{}: there is no option {}{}", typed, option, hint(option, options));
    }
  if (!verbs.empty() && unknown.empty()) return commands_of(typed, *app);
  if (!verbs.empty()) return fmt::format("{}: there is no command {}{}", typed, unknown[0], hint(unknown[0], verbs));
  if (!unknown.empty()) return fmt::format("{}: \"{}\" is one argument too many", typed, unknown[0]);
  return fmt::format("{}: {}", typed, error.what());
}

static int run_program(int argc, char** argv) {
  CLI::App program(
      "Trains vision-language models by curriculum reinforcement learning, from Lua experiments and plugins.");
  program.set_version_flag("--version", "crescent " CRESCENT_VERSION);
  program.require_subcommand(1);
  program.footer("Start with:  crescent run experiments/quickstart\nEach command has --help with examples.");

  // Every verb in the order a newcomer meets it.
  std::vector<std::pair<std::string, Command>> commands;
  commands.emplace_back("run", add_run(program));
  commands.emplace_back("sweep", add_sweep(program));
  commands.emplace_back("show", add_show(program));
  commands.emplace_back("report", add_report(program));
  commands.emplace_back("plan", add_plan(program));
  commands.emplace_back("score", add_score(program));
  commands.emplace_back("generate", add_generate(program));
  commands.emplace_back("logprobs", add_logprobs(program));
  commands.emplace_back("export", add_export(program));
  commands.emplace_back("data", add_data(program));
  commands.emplace_back("plugins", add_plugins(program));
  commands.emplace_back("doctor", add_doctor(program));

  try {
    program.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return program.exit(error);  // --help, --version
    fmt::print(stderr, "{}\nTry --help.\n", explain(program, error));
    return 2;
  }
  try {
    for (const auto& [name, command] : commands)
      if (program.got_subcommand(name)) return command();
  } catch (const Error& error) {
    fmt::print(stderr, "crescent: {}\n", error.what());
    return exit_code_of(error);
  } catch (const std::exception& error) {
    fmt::print(stderr, "crescent: unexpected failure: {}\n", error.what());
    return 1;
  }
  return 2;
}

}  // namespace crescent

int main(int argc, char** argv) { return crescent::run_program(argc, argv); }
