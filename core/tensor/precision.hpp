// The precision of what products with weights multiply. What they add up is f32, as everything else is.
#pragma once

#include <c10/core/Device.h>

#include <cstdint>
#include <string>

#include "core/base/error.hpp"

namespace crescent {

enum class Precision : uint8_t { f32, bf16 };

// "fp32" or "bf16". Throws a usage Error at `place` for bf16 on another device than the CPU and on a CPU without AMX.
Precision parse_precision(const std::string& name, c10::Device device, const Place& place);

// Why bf16 cannot be used, in a clause; empty where it can.
std::string missing_bf16();

}  // namespace crescent
