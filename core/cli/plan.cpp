#include "core/app/plan.hpp"

#include <fmt/format.h>

#include <cmath>
#include <memory>

#include "core/app/sweep.hpp"
#include "core/base/error.hpp"
#include "core/cli/commands.hpp"
#include "core/cli/settings.hpp"

namespace crescent {

// "8GiB", "512 MiB", "1.5TiB" to bytes.
static int64_t parse_memory(const std::string& text) {
  const std::vector<std::pair<std::string, double>> units = {
      {"MiB", std::ldexp(1.0, 20)}, {"GiB", std::ldexp(1.0, 30)}, {"TiB", std::ldexp(1.0, 40)}};
  size_t end = 0;
  double number = 0;
  try {
    number = std::stod(text, &end);
  } catch (const std::exception&) {
    end = 0;
  }
  std::string unit = text.substr(end);
  unit.erase(0, unit.find_first_not_of(' ') == unit.npos ? unit.size() : unit.find_first_not_of(' '));
  for (const auto& [name, bytes] : units)
    if (end > 0 && unit == name && number > 0 && number * bytes < 9e18) return static_cast<int64_t>(number * bytes);
  fail_usage({}, "--memory {}: expected a number with MiB, GiB or TiB, for example --memory 8GiB", text);
}

Command add_plan(CLI::App& program) {
  struct Arguments {
    PlanRequest request;
    std::vector<std::string> settings;
    std::string memory, device = "cpu";
    bool no_rehearsal = false;
  };
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = program.add_subcommand("plan", "what an experiment will take: memory, rollouts, time");
  command
      ->add_option("EXPERIMENT", arguments->request.experiment,
                   "folder with experiment.lua, a .lua file, or a run's config.toml")
      ->required();
  command->add_option("--set", arguments->settings, "name=value: overrides what the script's crescent.params declares")
      ->allow_extra_args(false);
  command->add_option("--threads", arguments->request.threads, "threads to compute with (default: all cores)")
      ->check(CLI::Range(1, 1024));
  command->add_option("--device", arguments->device, "cpu: plans for a GPU are not there yet")->capture_default_str();
  command->add_option("--memory", arguments->memory, "memory to fit into, say 8GiB (default: what is available here)");
  command->add_flag("--no-rehearsal", arguments->no_rehearsal, "do not time a few steps; no duration is told then");
  command->add_flag("--json", arguments->request.json, "print one JSON object");
  command->footer(
      "The largest step is planned: longest prompts, every response at its limit. Nothing is written.\n"
      "Examples:\n"
      "  crescent plan experiments/quickstart\n"
      "  crescent plan experiments/quickstart --set seed=2 --threads 2\n"
      "  crescent plan my_experiment.lua --memory 8GiB --no-rehearsal --json\n"
      "  crescent plan experiments/phase_lengths                 a sweep: what its cells share, and what splits the tree\n"
      "Exit code: 0 it fits into memory, 1 it does not, 2 a mistake in the command or script.");
  return [arguments] {
    PlanRequest& request = arguments->request;
    if (arguments->device != "cpu")
      fail_usage({},
                 "--device {}: only the CPU is planned for; on a GPU memory is used differently and was never measured",
                 arguments->device);
    request.set = split_settings("--set", arguments->settings);
    if (!arguments->memory.empty()) request.memory_bytes = parse_memory(arguments->memory);
    if (arguments->no_rehearsal) request.rehearsal_s = 0;
    if (is_sweep(request.experiment, find_resources()))
      return plan_sweep(request);
    return plan_experiment(request);
  };
}

}  // namespace crescent
