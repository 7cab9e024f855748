#include "core/app/gpu.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace crescent {

namespace fs = std::filesystem;

namespace {

constexpr int kNeededCuda = 13000;  // of the wheels in cmake/versions.env
constexpr const char* kNeededDriver = "580";

std::string text_of(const fs::path& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

// NVIDIA's vendor number with a display (0x03) or processing (0x12) class.
bool on_pci_bus(const fs::path& devices) {
  std::error_code none;
  for (const auto& item : fs::directory_iterator(devices, none)) {
    const std::string type = text_of(item.path() / "class");
    if (text_of(item.path() / "vendor").rfind("0x10de", 0) == 0 &&
        (type.rfind("0x03", 0) == 0 || type.rfind("0x12", 0) == 0))
      return true;
  }
  return false;
}

template <class Function>
Function* symbol(void* library, const char* name) {
  return reinterpret_cast<Function*>(::dlsym(library, name));
}

// The driver's own interface (cuda.h), whose few functions used here have not changed since CUDA 3.2; 0 is success.
void ask_driver(GpuReport& report) {
  void* library = ::dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);  // never closed: it may have started threads
  if (library == nullptr) return;
  report.library = true;
  auto* init = symbol<int(unsigned)>(library, "cuInit");
  auto* version = symbol<int(int*)>(library, "cuDriverGetVersion");
  auto* count = symbol<int(int*)>(library, "cuDeviceGetCount");
  auto* device = symbol<int(int*, int)>(library, "cuDeviceGet");
  auto* name = symbol<int(char*, int, int)>(library, "cuDeviceGetName");
  auto* memory = symbol<int(size_t*, int)>(library, "cuDeviceTotalMem_v2");
  if (!init || !version || !count || !device || !name || !memory) return;
  version(&report.cuda_version);
  int devices = 0;
  if (init(0) != 0 || count(&devices) != 0) return;
  for (int i = 0; i < devices; ++i) {
    int handle = 0;
    char text[256] = {};
    size_t bytes = 0;
    if (device(&handle, i) == 0 && name(text, sizeof text - 1, handle) == 0 && memory(&bytes, handle) == 0)
      report.usable.push_back({text, bytes});
  }
}

}  // namespace

std::string driver_release(std::string_view version_file) {
  const std::string_view line = version_file.substr(0, version_file.find('\n'));
  // "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.183.01  ...": the first word of digits and points.
  for (size_t begin = 0; begin < line.size();) {
    const size_t end = std::min(line.find(' ', begin), line.size());
    const std::string_view word = line.substr(begin, end - begin);
    if (word.find('.') != word.npos && word.find_first_not_of("0123456789.") == word.npos) return std::string(word);
    begin = end + 1;
  }
  return "";
}

std::string gpu_model(std::string_view information_file) {
  constexpr std::string_view kKey = "Model:";
  if (information_file.rfind(kKey, 0) != 0) return "";
  const std::string_view line = information_file.substr(0, information_file.find('\n'));
  const size_t begin = line.find_first_not_of(" \t", kKey.size());
  return begin == line.npos ? "" : std::string(line.substr(begin));
}

GpuReport inspect_gpus(const std::string& root) {
  GpuReport report;
  report.in_machine = on_pci_bus(root + "/sys/bus/pci/devices");
  report.driver = driver_release(text_of(root + "/proc/driver/nvidia/version"));
  std::error_code none;
  for (const auto& item : fs::directory_iterator(root + "/proc/driver/nvidia/gpus", none))
    if (const std::string model = gpu_model(text_of(item.path() / "information")); !model.empty())
      report.models.push_back(model);
  if (root.empty()) ask_driver(report);
  return report;
}

std::string gpu_obstacle(const GpuReport& report, bool linked) {
  const std::string what = report.models.empty() ? "an NVIDIA GPU" : report.models.front();
  if (report.driver.empty() && report.usable.empty())  // under WSL the library alone is there
    return report.in_machine
               ? "an NVIDIA GPU is in this machine, but its driver is not loaded: install NVIDIA's driver " +
                     std::string(kNeededDriver) + " or later"
               : "none in this machine";
  if (!report.library)
    return fmt::format(
        "{} with driver {}, but libcuda.so.1 is not to be found: install the driver's library, or start "
        "the container with its GPUs (docker run --gpus all)",
        what, report.driver);
  if (report.usable.empty())
    return fmt::format(
        "{} with driver {}, but none is visible to this process: look at nvidia-smi and "
        "CUDA_VISIBLE_DEVICES",
        what, report.driver);
  if (report.cuda_version < kNeededCuda)
    return fmt::format("{} with driver {}, which is for CUDA {}.{}: CUDA {} needs driver {} or later", what,
                       report.driver, report.cuda_version / 1000, report.cuda_version % 1000 / 10, kNeededCuda / 1000,
                       kNeededDriver);
  if (!linked)
    return fmt::format(
        "{} with driver {}, but this program is linked without CUDA: build it with `make cuda` and call "
        "build-cuda/crescent",
        what, report.driver);
  return "";
}

}  // namespace crescent
