#include "core/app/machine.hpp"

#include <fmt/format.h>
#include <lua.h>
#include <spng.h>
#include <torch/csrc/api/include/torch/version.h>
#include <zstd.h>
#include <boost/version.hpp>

#include <algorithm>
#include <fstream>

#include "core/rundir/host.hpp"
#include "core/tensor/device.hpp"

namespace crescent {

static uint64_t kibibytes(const std::string& text) { return text.empty() ? 0 : std::stoull(text) * 1024; }

static std::string best_instruction_set() {
  if (__builtin_cpu_supports("avx512bf16")) return "avx512_bf16";
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl")) return "avx512";
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return "avx2";
  return "below x86-64-v3";
}

// What a container's limit leaves (control groups, version 2 and 1); no limit: more than any machine has. Its page
// cache that can be dropped does not count as used.
static uint64_t container_memory_left() {
  struct Files {
    const char *limit, *used, *details, *droppable;
  };
  const std::string root = "/sys/fs/cgroup/";
  for (const Files& files : {Files{"memory.max", "memory.current", "memory.stat", "inactive_file"},
                             Files{"memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes", "memory/memory.stat",
                                   "total_inactive_file"}}) {
    uint64_t limit = 0, used = 0, value = 0;
    if (!(std::ifstream(root + files.limit) >> limit) || !(std::ifstream(root + files.used) >> used)) continue;
    std::ifstream details(root + files.details);
    for (std::string name; details >> name >> value;)
      if (name == files.droppable) used -= std::min(used, value);
    return limit > used ? limit - used : 0;
  }
  return UINT64_MAX;
}

Machine inspect_machine() {
  Machine machine;
  machine.cpu = proc_field("/proc/cpuinfo", "model name");
  machine.instruction_set = best_instruction_set();
  machine.cores = usable_cores();
  machine.memory_bytes = kibibytes(proc_field("/proc/meminfo", "MemTotal"));
  machine.memory_available_bytes =
      std::min(kibibytes(proc_field("/proc/meminfo", "MemAvailable")), container_memory_left());
  machine.linked_with_cuda = linked_with_cuda();
  return machine;
}

std::vector<Component> components() {
  return {{"crescent", CRESCENT_VERSION},
          {"libtorch", TORCH_VERSION},
          {"lua", LUA_VERSION_MAJOR "." LUA_VERSION_MINOR "." LUA_VERSION_RELEASE},
          {"boost", fmt::format("{}.{}.{}", BOOST_VERSION / 100000, BOOST_VERSION / 100 % 1000, BOOST_VERSION % 100)},
          {"libspng", spng_version_string()},
          {"zstd", ZSTD_versionString()},
          {"compiler", "g++ " __VERSION__}};
}

}  // namespace crescent
