#include "core/app/doctor.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "core/app/gpu.hpp"
#include "core/app/machine.hpp"
#include "core/app/resources.hpp"
#include "core/base/error.hpp"
#include "core/plugin/describe.hpp"
#include "core/tensor/precision.hpp"

namespace crescent {

namespace fs = std::filesystem;

namespace {

constexpr double kGib = 1024.0 * 1024 * 1024;

// Of those that the kernels and LibTorch's look for.
std::string cpu_features() {
  std::string text;
  const auto add = [&](bool has, const char* name) { text += has ? fmt::format(" {}", name) : ""; };
  add(__builtin_cpu_supports("avx2"), "avx2");
  add(__builtin_cpu_supports("fma"), "fma");
  add(__builtin_cpu_supports("avx512f"), "avx512f");
  add(__builtin_cpu_supports("avx512vl"), "avx512vl");
  add(__builtin_cpu_supports("avx512vnni"), "avx512_vnni");
  add(__builtin_cpu_supports("avx512bf16"), "avx512_bf16");
  add(missing_bf16().empty(), "amx_bf16");
  return text;
}

Check check_cpu(const Machine& machine) {
  if (machine.instruction_set == "below x86-64-v3")
    return {Verdict::missing, "cpu",
            machine.cpu + ": it lacks AVX2 or FMA (x86-64-v3), which every kernel is built for",
            "use a machine with an Intel CPU from 2013 or an AMD one from 2015 on"};
  return {Verdict::ok, "cpu", fmt::format("{}, with{}", machine.cpu, cpu_features()), ""};
}

Check check_bf16() {
  const std::string missing = missing_bf16();
  if (missing.empty()) return {Verdict::ok, "bf16", "precision = \"bf16\" can be asked for", ""};
  return {Verdict::note, "bf16", missing, "leave precision at \"fp32\""};
}

Check check_threads(const Machine& machine) {
  std::ifstream in("/sys/fs/cgroup/cpu.max");
  const double quota = quota_cores(std::string(std::istreambuf_iterator<char>(in), {}));
  if (quota > 0 && quota < machine.cores)
    return {Verdict::note, "threads",
            fmt::format("{} cores are visible, but this container may use {:.1f} at a time", machine.cores, quota),
            fmt::format("run with --threads {}", std::max(1, static_cast<int>(quota)))};
  return {Verdict::ok, "threads",
          fmt::format("{}, all cores that this process may use (--threads N: fewer)", machine.cores), ""};
}

Check check_memory(const Machine& machine) {
  const double free = static_cast<double>(machine.memory_available_bytes) / kGib;
  const std::string value =
      fmt::format("{:.1f} GiB, {:.1f} GiB free", static_cast<double>(machine.memory_bytes) / kGib, free);
  if (free < 1) return {Verdict::note, "memory", value, "training needs more as models grow: end other programs"};
  return {Verdict::ok, "memory", value, ""};
}

// Free space where `folder` is or would be made.
Check check_disk(const std::string& what, const std::string& folder) {
  fs::path path = fs::absolute(folder);
  std::error_code code;
  while (!fs::exists(path, code) && path.has_relative_path()) path = path.parent_path();
  const fs::space_info space = fs::space(path, code);
  if (code) return {Verdict::missing, what, fmt::format("{}: {}", folder, code.message()), "choose another folder"};
  const double free = static_cast<double>(space.available) / kGib;
  const std::string value = fmt::format("{}, {:.1f} GiB free", folder, free);
  if (::access(path.c_str(), W_OK) != 0)
    return {Verdict::note, what, value + ", but it cannot be written to", "choose another folder"};
  return {free < 1 ? Verdict::note : Verdict::ok, what, value,
          free < 1 ? "checkpoints need room: delete something" : ""};
}

void check_gpus(bool linked, std::vector<Check>& checks) {
  const GpuReport report = inspect_gpus();
  if (const std::string obstacle = gpu_obstacle(report, linked); !obstacle.empty()) {
    const size_t colon = obstacle.find(": ");
    checks.push_back(
        {Verdict::note, "gpu", obstacle.substr(0, colon), colon == obstacle.npos ? "" : obstacle.substr(colon + 2)});
    return;
  }
  for (size_t i = 0; i < report.usable.size(); ++i)
    checks.push_back({Verdict::ok, "gpu",
                      fmt::format("cuda:{} {}, {:.0f} GiB", i, report.usable[i].name,
                                  static_cast<double>(report.usable[i].memory_bytes) / kGib),
                      ""});
  checks.push_back(
      {Verdict::ok, "driver",
       fmt::format("{}, for CUDA {}.{}", report.driver, report.cuda_version / 1000, report.cuda_version % 1000 / 10),
       ""});
}

void check_plugins(const Resources& resources, std::vector<Check>& checks) {
  size_t loadable = 0;
  for (const PluginDescription& plugin : describe_plugins({resources.plugin_folders, "."})) {
    if (plugin.error.empty())
      ++loadable;
    else
      checks.push_back({Verdict::note, "plugin", fmt::format("{}: {}", plugin.path, plugin.error),
                        "build it again for this version, or take it away"});
  }
  const std::string folders = fmt::format("{}", fmt::join(resources.plugin_folders, ", "));
  if (loadable == 0)
    checks.push_back({Verdict::missing, "plugins",
                      "none can be loaded from " + (folders.empty() ? "plugins/" : folders), "build them with `make`"});
  else
    checks.push_back({Verdict::ok, "plugins", fmt::format("{} in {}", loadable, folders), ""});
}

const char* verdict_name(Verdict verdict) {
  static constexpr const char* names[] = {"ok", "note", "missing"};
  return names[static_cast<int>(verdict)];
}

}  // namespace

double quota_cores(std::string_view cpu_max) {
  const size_t space = cpu_max.find(' ');
  int64_t quota = 0, period = 0;
  if (space == cpu_max.npos) return 0;
  std::from_chars(cpu_max.data(), cpu_max.data() + space, quota);  // "max" stays 0
  std::from_chars(cpu_max.data() + space + 1, cpu_max.data() + cpu_max.size(), period);
  return quota > 0 && period > 0 ? static_cast<double>(quota) / static_cast<double>(period) : 0;
}

std::vector<Check> examine_machine() {
  const Machine machine = inspect_machine();
  std::vector<Check> checks = {check_cpu(machine), check_bf16(), check_threads(machine), check_memory(machine)};
  check_gpus(machine.linked_with_cuda, checks);
  for (const Component& component : components())
    checks.push_back({Verdict::ok, component.name, component.version, ""});
  try {
    const Resources resources = find_resources();
    checks.push_back({Verdict::ok, "files", resources.root, ""});
    check_plugins(resources, checks);
    checks.push_back(check_disk("cache", resources.cache));
  } catch (const Error& error) {
    checks.push_back({Verdict::missing, "files", error.what(), ""});
  }
  checks.push_back(check_disk("runs", "runs"));
  return checks;
}

bool nothing_missing(const std::vector<Check>& checks) {
  return std::none_of(checks.begin(), checks.end(), [](const Check& c) { return c.verdict == Verdict::missing; });
}

std::string format_checks(const std::vector<Check>& checks) {
  std::string text;
  for (const Check& check : checks) {
    text += fmt::format("  {:<8} {:<10} {}\n", verdict_name(check.verdict), check.name, check.value);
    if (!check.remedy.empty()) text += fmt::format("  {:<8} {:<10} -> {}\n", "", "", check.remedy);
  }
  return text + (nothing_missing(checks) ? "Everything that a run needs is here.\n"
                                         : "What is missing keeps runs from starting; -> says what to do.\n");
}

Json checks_json(const std::vector<Check>& checks) {
  Json list = Json::array();
  for (const Check& check : checks)
    list.push_back({{"name", check.name},
                    {"verdict", verdict_name(check.verdict)},
                    {"value", check.value},
                    {"remedy", check.remedy}});
  return {{"ok", nothing_missing(checks)}, {"checks", std::move(list)}};
}

}  // namespace crescent
