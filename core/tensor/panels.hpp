// Weights laid out for products in bf16 (bf16_kernel.hpp), and the products of the fused blocks in either precision.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "core/tensor/precision.hpp"

namespace crescent {

// A weight W [outputs, inputs], rounded to bf16, as the right operand of x W^T.
struct Panels {
  at::Tensor values;  // i32, pairs of bf16 numbers; undefined: this weight is not laid out, products are of f32
  int64_t outputs = 0, inputs = 0;
};

// The layout of `weight` as it is now: f32 on the CPU, contiguous or the transpose of what is.
Panels make_panels(const at::Tensor& weight);
// In f32 none.
Panels panels_for(const at::Tensor& weight, Precision precision);

// out = x W^T (+ addend where defined): of rounded operands where there are panels, else by ATen. x [rows, inputs], out
// and addend [rows, outputs], all contiguous. An output does not depend on the other rows. Single-threaded: callers
// divide the rows.
void weight_product(const at::Tensor& x, const at::Tensor& weight, const Panels& panels, const at::Tensor& addend,
                    at::Tensor& out);

// sum [outputs, inputs] += grad^T x: what a product x W^T of these rows adds to the gradient of W. grad [rows,
// outputs], x [rows, inputs], all contiguous. Single-threaded.
void add_weight_gradient(const at::Tensor& sum, const at::Tensor& grad, const at::Tensor& x, Precision precision);

// x W^T (+ addend [rows, outputs] where defined) by panels, its rows divided over all threads; no gradient.
at::Tensor panel_linear(const at::Tensor& x, const Panels& panels, const at::Tensor& addend);
void panel_linear_out(const at::Tensor& x, const Panels& panels, const at::Tensor& addend, const at::Tensor& out);

}  // namespace crescent
