#include <fmt/format.h>

#include <filesystem>

#include "core/app/machine.hpp"
#include "core/app/resources.hpp"
#include "core/base/error.hpp"
#include "core/cli/commands.hpp"

namespace crescent {

namespace {

void good(const std::string& what, const std::string& value) { fmt::print("  ok       {:<14} {}\n", what, value); }
void note(const std::string& what, const std::string& value) { fmt::print("  note     {:<14} {}\n", what, value); }
int missing(const std::string& what, const std::string& remedy) {
  fmt::print("  missing  {:<14} {}\n", what, remedy);
  return 1;
}

int examine() {
  int missing_count = 0;
  constexpr double kGib = 1024.0 * 1024 * 1024;
  const Machine machine = inspect_machine();
  if (machine.instruction_set == "below x86-64-v3")
    missing_count += missing("cpu", machine.cpu + ": AVX2 and FMA (x86-64-v3) are needed");
  else
    good("cpu", fmt::format("{}, {}", machine.cpu, machine.instruction_set));
  good("cores", fmt::format("{} (--threads N to use fewer)", machine.cores));
  good("memory",
       fmt::format("{:.1f} GiB, {:.1f} GiB free", machine.memory_bytes / kGib, machine.memory_available_bytes / kGib));
  for (const std::string& gpu : machine.gpus) good("gpu", gpu);
  if (machine.gpus.empty()) note("gpu", machine.gpu_note);

  for (const Component& component : components()) good(component.name, component.version);

  try {
    const Resources resources = find_resources();
    good("files", resources.root);
    if (resources.plugin_folders.empty())
      missing_count += missing("plugins", "no folder plugins/ beside the program; `make` builds it");
    for (const std::string& folder : resources.plugin_folders) good("plugins", folder);
    good("cache", resources.cache);
  } catch (const Error& error) {
    missing_count += missing("files", error.what());
  }
  return missing_count;
}

}  // namespace

Command add_doctor(CLI::App& program) {
  CLI::App* command = program.add_subcommand("doctor", "what this machine offers and what is missing, with the remedy");
  command->footer("Example:\n  crescent doctor\nExit code: 0 nothing is missing, 1 something is.");
  return [] { return examine() == 0 ? 0 : 1; };
}

}  // namespace crescent
