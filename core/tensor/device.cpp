#include "core/tensor/device.hpp"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>

#include <charconv>

#include "core/base/error.hpp"

namespace crescent {

c10::Device parse_device(const std::string& name) {
  if (name == "cpu") return c10::Device(c10::kCPU);
  const std::string prefix = "cuda:";
  int index = 0;
  const bool numbered = name.rfind(prefix, 0) == 0;
  if (numbered) {
    const char* end = name.data() + name.size();
    const auto [last, error] = std::from_chars(name.data() + prefix.size(), end, index);
    if (error != std::errc() || last != end || index < 0 || index > 127) {
      fail_usage({}, "device \"{}\" is not a device; write cpu, cuda or cuda:0", name);
    }
  } else if (name != "cuda") {
    fail_usage({}, "device \"{}\" is not a device; write cpu, cuda or cuda:0", name);
  }
  if (const std::string missing = missing_cuda(); !missing.empty()) {
    fail_usage({}, "device \"{}\": {}, or use --device cpu", name, missing);
  }
  if (const int count = at::detail::getCUDAHooks().deviceCount(); index >= count) {
    fail_usage({}, "device \"{}\": this machine shows {} GPU{}, counted from cuda:0", name, count,
               count == 1 ? "" : "s");
  }
  return c10::Device(c10::kCUDA, static_cast<c10::DeviceIndex>(index));
}

bool linked_with_cuda() { return c10::impl::hasDeviceGuardImpl(c10::kCUDA); }

std::string missing_cuda() {
  if (!linked_with_cuda()) {
    return "this program is linked without CUDA: build it with `make cuda` and call build-cuda/crescent";
  }
  if (!at::hasCUDA()) {
    return "no GPU with a working NVIDIA driver is visible: look at nvidia-smi and CUDA_VISIBLE_DEVICES";
  }
  return "";
}

void set_compute_threads(int count) {
  if (count < 1) fail("{} compute threads asked for; at least 1 is needed", count);
  at::set_num_threads(count);
}

}  // namespace crescent
