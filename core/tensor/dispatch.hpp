// From a tensor's type to a kernel's template argument.
#pragma once

#include <ATen/core/Tensor.h>

#include "core/base/error.hpp"

namespace crescent {

// True where the CPU kernels apply; elsewhere the ATen twin computes.
inline bool has_cpu_kernel(const at::Tensor& t) {
  return t.device().is_cpu() && (t.scalar_type() == at::kFloat || t.scalar_type() == at::kDouble);
}

// Calls f.operator()<float>() or <double>().
template <class F>
void dispatch_floating(const at::Tensor& t, F f) {
  if (t.scalar_type() == at::kFloat) {
    f.template operator()<float>();
  } else if (t.scalar_type() == at::kDouble) {
    f.template operator()<double>();
  } else {
    fail("a kernel for f32 and f64 was given a tensor of type {}", c10::toString(t.scalar_type()));
  }
}

// The elements of a contiguous tensor.
template <class T>
T* data(const at::Tensor& t) {
  return t.mutable_data_ptr<T>();
}

}  // namespace crescent
