// Products of rows with a weight, outside the fused blocks, in either precision.
#pragma once

#include <ATen/core/Tensor.h>

#include "core/tensor/panels.hpp"

namespace crescent {

// x W^T + addend. x [N, inputs], weight [outputs, inputs], addend [N, outputs] or undefined -> [N, outputs]. In f32
// ATen's own product and backward; in bf16 (f32 tensors on the CPU) the operands of the product and of both products of
// its backward are rounded, and all is added up in f32. `panels` of the weight, where it is laid out already, are taken
// instead of it: the same, without a gradient. Deterministic for a number of threads. [main-thread]
at::Tensor linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& addend, Precision precision,
                  const Panels& panels = {});
// The same on rounded copies by ATen, without gradients.
at::Tensor linear_reference(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& addend,
                            Precision precision);

// The gradient of a weight: grad^T x [outputs, inputs], over all threads. grad [N, outputs], x [N, inputs].
at::Tensor weight_gradient(const at::Tensor& grad, const at::Tensor& x, Precision precision);

}  // namespace crescent
