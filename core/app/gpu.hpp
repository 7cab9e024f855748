// What NVIDIA's driver says of this machine's GPUs, asked without any CUDA header or library: for `doctor`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace crescent {

struct Gpu {
  std::string name;  // "NVIDIA H200"
  uint64_t memory_bytes = 0;
};

struct GpuReport {
  bool in_machine = false;          // a display or compute device of NVIDIA is on the PCI bus
  std::string driver;               // the kernel module's release, "580.95.05"; empty: it is not loaded
  std::vector<std::string> models;  // that the kernel module lists
  bool library = false;             // libcuda.so.1 is there
  int cuda_version = 0;             // the newest that the driver knows: 13000 is 13.0; 0: the library gave none
  std::vector<Gpu> usable;          // in the order of cuda:0, cuda:1, ...
};

// `root` stands before /proc and /sys; with another than "" the library is not asked.
GpuReport inspect_gpus(const std::string& root = "");

// Why the GPUs of the report cannot be used by this program and what to do, in a clause; empty when they can.
// `linked`: the program is linked with CUDA libraries, which need a driver for CUDA 13.
std::string gpu_obstacle(const GpuReport& report, bool linked);

std::string driver_release(std::string_view version_file);  // of the text of /proc/driver/nvidia/version; "" if none
std::string gpu_model(std::string_view information_file);   // of /proc/driver/nvidia/gpus/*/information; "" if none

}  // namespace crescent
