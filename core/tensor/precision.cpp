#include "core/tensor/precision.hpp"

#include "core/tensor/bf16_kernel.hpp"

namespace crescent {

std::string missing_bf16() {
  if (has_bf16_products()) return "";
  return "this CPU has no AMX (Intel Xeon from 2023 on has), without which bf16 is no faster than fp32";
}

Precision parse_precision(const std::string& name, c10::Device device, const Place& place) {
  if (name == "fp32") return Precision::f32;
  if (name != "bf16") fail_usage(place, "run: precision is \"{}\", but must be \"fp32\" or \"bf16\"", name);
  if (!device.is_cpu()) {
    fail_usage(place, "run: precision = \"bf16\" is there for the CPU alone, not for {}; leave it out", device.str());
  }
  if (const std::string missing = missing_bf16(); !missing.empty()) {
    fail_usage(place, "run: precision = \"bf16\": {}; leave it out, or run on such a machine", missing);
  }
  return Precision::bf16;
}

}  // namespace crescent
