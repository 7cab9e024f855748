// The device a run computes on.
#pragma once

#include <c10/core/Device.h>

#include <string>

namespace crescent {

// "cpu", "cuda" or "cuda:1". Throws a usage Error for anything else and for a GPU that this build or machine lacks.
c10::Device parse_device(const std::string& name);

bool linked_with_cuda();  // this program

// Why no GPU can be used and what to do about it, in a clause; empty where one can.
std::string missing_cuda();

// Threads of ATen's operators and of the kernels here, set once at the start: results are bit-identical for a given
// count. Throws Error for a count below 1.
void set_compute_threads(int count);

}  // namespace crescent
