#include "core/app/sweep.hpp"

#include <memory>

#include "core/cli/commands.hpp"
#include "core/cli/settings.hpp"

namespace crescent {

Command add_sweep(CLI::App& program) {
  struct Arguments {
    SweepRequest request;
    std::vector<std::string> settings;
  };
  auto arguments = std::make_shared<Arguments>();
  SweepRequest& request = arguments->request;
  CLI::App* command = program.add_subcommand("sweep", "train many runs of one experiment, each shared step once");
  command->add_option("EXPERIMENT", request.source.experiment, "a script that returns crescent.sweep, or its folder")
      ->required();
  command->add_option("--set", arguments->settings, "name=value: overrides a parameter that does not vary")
      ->allow_extra_args(false);
  command->add_option("--out", request.out, "the sweep's folder (default: sweeps/<name>)");
  command->add_option("--cache", request.cache,
                      "folder in which stretches that cells share are kept, for other sweeps to go on from");
  command->add_option("--jobs", request.jobs, "runs at a time (default: as many as the cores have room for)")
      ->check(CLI::Range(1, 1024));
  command->add_option("--threads", request.source.threads, "threads of each run; results do not depend on --jobs")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  command->add_flag("--check", request.check, "look for mistakes, say what would run and what is saved, and end");
  command->add_flag("--worker", request.worker, "be one more worker of this sweep, here or on another machine")
      ->excludes("--check");
  command->footer(
      "The same command again continues it: what was under way goes on from its checkpoint, what failed is tried "
      "again.\n"
      "Examples:\n"
      "  crescent sweep experiments/lambda_sweep --set scale=tiny\n"
      "  crescent sweep experiments/lambda_sweep --check\n"
      "  crescent sweep experiments/lambda_sweep --jobs 4 --threads 2\n"
      "  crescent sweep experiments/phase_lengths --cache sweeps/shared   what other sweeps have trained is taken from "
      "there\n"
      "Exit code: 0 every cell is finished, 1 some failed, 2 a mistake in the command or script, 130 interrupted.");
  return [arguments] {
    arguments->request.source.set = split_settings("--set", arguments->settings);
    return run_sweep(arguments->request);
  };
}

}  // namespace crescent
