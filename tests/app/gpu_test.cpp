#include "core/app/gpu.hpp"

#include <doctest/doctest.h>

#include "core/base/files.hpp"
#include "tests/test_folder.hpp"

using namespace crescent;

namespace {

// As a kernel module of NVIDIA writes them.
constexpr const char* kOpenModule =
    "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.95.05  Release Build  (dvs-builder@U22-I3-B18-2-1)  "
    "Tue Sep 23 10:11:16 UTC 2025\nGCC version:  gcc version 12.2.0 (Debian 12.2.0-14+deb12u1)\n";
constexpr const char* kOwnModule =
    "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.183.01  Sun May 12 19:39:15 UTC 2024\n";
constexpr const char* kInformation =
    "Model: \t\t NVIDIA H200\nIRQ:   \t\t 166\nGPU UUID: \t GPU-5f0e\nVideo BIOS: \t 96.00.a5.00.01\n"
    "Bus Type: \t PCIe\n";

void put(const std::string& folder, const std::string& name, const std::string& text) {
  make_folders(folder);
  write_file_atomically(folder + "/" + name, text);
}

GpuReport working() {
  GpuReport report;
  report.in_machine = report.library = true;
  report.driver = "580.95.05";
  report.models = {"NVIDIA H200"};
  report.cuda_version = 13000;
  report.usable = {{"NVIDIA H200", 150'000'000'000}};
  return report;
}

}  // namespace

TEST_CASE("the driver's release and a GPU's model are read from what the kernel module writes") {
  CHECK(driver_release(kOpenModule) == "580.95.05");
  CHECK(driver_release(kOwnModule) == "535.183.01");
  CHECK(driver_release("") == "");
  CHECK(gpu_model(kInformation) == "NVIDIA H200");
  CHECK(gpu_model("IRQ: 1\n") == "");
}

TEST_CASE("GPUs are found on the PCI bus and in the driver's folder") {
  const TestFolder root("gpu");
  CHECK(!inspect_gpus(root.path).in_machine);
  const std::string device = root.path + "/sys/bus/pci/devices/0000:18:00.0";
  put(device, "vendor", "0x10de\n");
  put(device, "class", "0x040300\n");  // the sound of a graphics card
  CHECK(!inspect_gpus(root.path).in_machine);
  put(device, "class", "0x030200\n");
  CHECK(inspect_gpus(root.path).in_machine);
  CHECK(inspect_gpus(root.path).driver == "");
  put(root.path + "/proc/driver/nvidia", "version", kOpenModule);
  put(root.path + "/proc/driver/nvidia/gpus/0000:18:00.0", "information", kInformation);
  const GpuReport report = inspect_gpus(root.path);
  CHECK(report.driver == "580.95.05");
  CHECK(report.models == std::vector<std::string>{"NVIDIA H200"});
  CHECK(!report.library);  // another root is not asked
}

TEST_CASE("what keeps a GPU from being used is told with its remedy") {
  CHECK(gpu_obstacle(working(), true) == "");
  CHECK(
      gpu_obstacle(working(), false) ==
      "NVIDIA H200 with driver 580.95.05, but this program is linked without CUDA: build it with `make cuda` and call "
      "build-cuda/crescent");
  GpuReport report = working();
  report.cuda_version = 12020, report.driver = "535.183.01";
  CHECK(gpu_obstacle(report, true) ==
        "NVIDIA H200 with driver 535.183.01, which is for CUDA 12.2: CUDA 13 needs driver 580 or later");
  report.usable.clear();
  CHECK(gpu_obstacle(report, true) ==
        "NVIDIA H200 with driver 535.183.01, but none is visible to this process: look at nvidia-smi and "
        "CUDA_VISIBLE_DEVICES");
  report.library = false;
  CHECK(
      gpu_obstacle(report, true) ==
      "NVIDIA H200 with driver 535.183.01, but libcuda.so.1 is not to be found: install the driver's library, or start "
      "the container with its GPUs (docker run --gpus all)");
  report.driver = "";
  CHECK(gpu_obstacle(report, true) ==
        "an NVIDIA GPU is in this machine, but its driver is not loaded: install NVIDIA's driver 580 or later");
  CHECK(gpu_obstacle(GpuReport(), false) == "none in this machine");
}
