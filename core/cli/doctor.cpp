#include "core/app/doctor.hpp"

#include <fmt/format.h>

#include <memory>

#include "core/cli/commands.hpp"

namespace crescent {

Command add_doctor(CLI::App& program) {
  auto json = std::make_shared<bool>(false);
  CLI::App* command = program.add_subcommand("doctor", "what this machine offers and what is missing, with the remedy");
  command->add_flag("--json", *json, "print one JSON object");
  command->footer(
      "Examples:\n  crescent doctor\n  crescent doctor --json | jq .ok\n"
      "A GPU is never missing: what can train on one trains on the CPU too.\n"
      "Exit code: 0 nothing is missing, 1 something is.");
  return [json] {
    const std::vector<Check> checks = examine_machine();
    fmt::print("{}", *json ? checks_json(checks).dump(2, ' ', false, Json::error_handler_t::replace) + "\n"
                           : format_checks(checks));
    return nothing_missing(checks) ? 0 : 1;
  };
}

}  // namespace crescent
