#include "core/app/machine.hpp"

#include <ATen/detail/CUDAHooksInterface.h>
#include <fmt/format.h>
#include <sched.h>
#include <torch/csrc/api/include/torch/version.h>

#include <fstream>
#include <sstream>

#include "core/tensor/device.hpp"

namespace crescent {

static std::string field_of(const std::string& path, const std::string& name) {
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);)
    if (line.rfind(name, 0) == 0) {
      const size_t at = line.find(':');
      const size_t begin = line.find_first_not_of(" \t", at + 1);
      if (at != line.npos && begin != line.npos) return line.substr(begin);
    }
  return "";
}

static uint64_t kibibytes(const std::string& text) { return text.empty() ? 0 : std::stoull(text) * 1024; }

static std::string best_instruction_set() {
  if (__builtin_cpu_supports("avx512bf16")) return "avx512_bf16";
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl")) return "avx512";
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return "avx2";
  return "below x86-64-v3";
}

Machine inspect_machine() {
  Machine machine;
  machine.cpu = field_of("/proc/cpuinfo", "model name");
  machine.instruction_set = best_instruction_set();
  cpu_set_t set;
  machine.cores = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
  machine.memory_bytes = kibibytes(field_of("/proc/meminfo", "MemTotal"));
  machine.memory_available_bytes = kibibytes(field_of("/proc/meminfo", "MemAvailable"));
  machine.gpu_note = missing_cuda();
  if (machine.gpu_note.empty()) {
    for (int i = 0; i < at::detail::getCUDAHooks().deviceCount(); ++i) machine.gpus.push_back(fmt::format("cuda:{}", i));
  }
  return machine;
}

std::vector<Component> components() {
  return {{"crescent", CRESCENT_VERSION}, {"libtorch", TORCH_VERSION}, {"compiler", "g++ " __VERSION__}};
}

}  // namespace crescent
