#include "core/app/machine.hpp"

#include <ATen/detail/CUDAHooksInterface.h>
#include <fmt/format.h>
#include <torch/csrc/api/include/torch/version.h>
#include <zstd.h>

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

Machine inspect_machine() {
  Machine machine;
  machine.cpu = proc_field("/proc/cpuinfo", "model name");
  machine.instruction_set = best_instruction_set();
  machine.cores = usable_cores();
  machine.memory_bytes = kibibytes(proc_field("/proc/meminfo", "MemTotal"));
  machine.memory_available_bytes = kibibytes(proc_field("/proc/meminfo", "MemAvailable"));
  machine.gpu_note = missing_cuda();
  if (machine.gpu_note.empty()) {
    for (int i = 0; i < at::detail::getCUDAHooks().deviceCount(); ++i) machine.gpus.push_back(fmt::format("cuda:{}", i));
  }
  return machine;
}

std::vector<Component> components() {
  return {{"crescent", CRESCENT_VERSION}, {"libtorch", TORCH_VERSION}, {"zstd", ZSTD_versionString()}, {"compiler", "g++ " __VERSION__}};
}

}  // namespace crescent
