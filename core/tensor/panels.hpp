// A weight laid out for products with few rows. Decoding multiplies the same weights by some ten to some hundred rows
// again and again; a library copies them into such a layout in each call, which then takes a third of its time.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace crescent {

// W [outputs, inputs] in panels of kPanel outputs, filled up with zeros: values[p, k, j] = W[kPanel p + j, k].
struct Panels {
  static constexpr int64_t kPanel = 32;  // two registers of 512 bits
  at::Tensor values;                     // [panels, inputs, kPanel] f32; undefined: this weight has none
  int64_t outputs = 0;
  int64_t inputs() const { return values.size(1); }
};

// The layout of `weight` as it is now [outputs, inputs], f32; without values where panel_product() does not exist: on
// another device or type, and on a CPU without AVX-512.
Panels make_panels(const at::Tensor& weight);

// out = x W^T, or += with `add`. x [rows, inputs], out [rows, outputs], contiguous. Single-threaded: callers divide the
// rows. Each output is summed in the order of the inputs, so it does not depend on the number of rows.
void panel_product(int64_t rows, const float* x, const Panels& weight, float* out, bool add);

// out = x W^T (+ addend where defined) by the panels where there are any, else by ATen, the plain twin. All contiguous.
void weight_product(const at::Tensor& x, const at::Tensor& weight, const Panels& panels, const at::Tensor& addend,
                    at::Tensor& out);
// Panels where `rows` are so many that a product of them is done in several tiles, each of which would lay the weight
// out again; else none.
Panels panels_for(const at::Tensor& weight, int64_t rows);

// x W^T (+ addend [rows, outputs] where defined), its rows divided over all threads; no gradient.
at::Tensor panel_linear(const at::Tensor& x, const Panels& panels, const at::Tensor& addend);

}  // namespace crescent
