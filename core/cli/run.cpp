#include "core/app/run.hpp"

#include <fmt/format.h>

#include <memory>

#include "core/app/check.hpp"
#include "core/cli/commands.hpp"
#include "core/cli/settings.hpp"
#include "core/experiment/annotations.hpp"
#include "core/experiment/run_options.hpp"

namespace crescent {

Command add_run(CLI::App& program) {
  struct Arguments {
    RunRequest request;
    std::vector<std::string> settings;
    bool check = false;
  };
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = program.add_subcommand("run", "train an experiment; the same command again resumes it");
  command
      ->add_option("EXPERIMENT", arguments->request.experiment,
                   "folder with experiment.lua, a .lua file, or a run's config.toml")
      ->required();
  command->add_option("--set", arguments->settings, "name=value: overrides what the script's crescent.params declares")
      ->allow_extra_args(false);
  command->add_option("--out", arguments->request.out, "run directory (default: runs/<name>)");
  command->add_option("--device", arguments->request.device, "cpu, cuda or cuda:<index>")->capture_default_str();
  command->add_option("--threads", arguments->request.threads, "threads to compute with (default: all cores)")
      ->check(CLI::Range(1, 1024));
  CLI::Option* profile = command->add_flag(
      "--profile", arguments->request.profile,
      "tell where the time went: a table at the end, and profile.txt and trace.json in the run directory");
  CLI::Option* quiet = command->add_flag_callback(
      "--quiet", [arguments] { arguments->request.output = OutputMode::quiet; },
      "print nothing but the table at the end, and warnings and errors on stderr");
  command
      ->add_flag_callback(
          "--json", [arguments] { arguments->request.output = OutputMode::json; },
          "print a JSON object for each step and event; what people read stays on stderr")
      ->excludes(quiet);
  command->add_flag("--verbose", arguments->request.verbose, "show on stderr all that goes to log.txt")
      ->excludes(quiet);
  command->add_flag("--accept-script-change", arguments->request.accept_script_change,
                    "resume with scripts whose text has changed, a mended mistake say; the manifest notes it");
  command
      ->add_flag("--check", arguments->check,
                 "look for mistakes in script, options, plugins and paths, say what would run, and end")
      ->excludes(profile);
  command
      ->add_flag_callback(
          "--help-options",
          [] {
            fmt::print("{}", run_help());
            throw CLI::Success();
          },
          "print every option that a script can set, with its default and range, and end")
      ->trigger_on_parse();
  command
      ->add_flag_callback(
          "--annotations",
          [] {
            fmt::print("{}", lua_annotations());
            throw CLI::Success();
          },
          "print what editors with a Lua language server check scripts by (scripts/crescent.d.lua), and end")
      ->trigger_on_parse();
  command->footer(
      "Examples:\n"
      "  crescent run experiments/quickstart\n"
      "  crescent run experiments/quickstart --set seed=2 --threads 2\n"
      "  crescent run my_experiment.lua --check                     trains nothing, writes nothing\n"
      "  crescent run my_experiment.lua --out runs/first --device cuda\n"
      "  crescent run runs/first/config.toml --out runs/again      reproduces a run\n"
      "  crescent run experiments/quickstart --set scale=tiny --out runs/timed --profile\n"
      "  crescent run experiments/quickstart --json | jq 'select(.event == \"step\") | .reward'\n"
      "Exit code: 0 done, 1 failed, 2 a mistake in the command or script, 130 interrupted (run it again to go on).");
  return [arguments] {
    arguments->request.set = split_settings("--set", arguments->settings);
    return arguments->check ? check_experiment(arguments->request) : run_experiment(arguments->request);
  };
}

}  // namespace crescent
