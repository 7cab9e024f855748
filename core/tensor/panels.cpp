#include "core/tensor/panels.hpp"

#include <ATen/ops/addmm.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/mm.h>

#include <cstring>

#include "core/tensor/bf16_kernel.hpp"
#include "core/tensor/dispatch.hpp"
#include "core/tensor/profile_recorder.hpp"
#include "core/tensor/tiles.hpp"

namespace crescent {
namespace {

uint32_t* pairs(const at::Tensor& t) { return reinterpret_cast<uint32_t*>(data<int32_t>(t)); }

at::Tensor empty_pairs(int64_t rows, int64_t row) { return at::empty({rows, row}, at::kInt); }

void count_product(int64_t rows, int64_t inputs, int64_t outputs) {
  count_flops(2.0 * static_cast<double>(rows) * static_cast<double>(inputs) * static_cast<double>(outputs));
}

void panel_product(int64_t rows, const float* x, const Panels& weight, float* out, bool add) {
  const int64_t depth = bf16_depth(weight.inputs);
  const at::Tensor left = empty_pairs(bf16_lines(rows), depth);
  count_product(rows, weight.inputs, weight.outputs);
  bf16_left(rows, weight.inputs, x, pairs(left));
  bf16_product(rows, weight.outputs, depth, pairs(left), pairs(weight.values), out, weight.outputs, add);
}

}  // namespace

Panels make_panels(const at::Tensor& weight) {
  const int64_t outputs = weight.size(0), inputs = weight.size(1);
  Panels panels{empty_pairs(bf16_panels(outputs), bf16_depth(inputs) * kBf16Panel), outputs, inputs};
  if (weight.is_contiguous()) {
    bf16_right_of_transposed(inputs, outputs, weight.const_data_ptr<float>(), pairs(panels.values));
  } else {
    const at::Tensor transposed = weight.detach().t().contiguous();
    bf16_right(inputs, outputs, transposed.const_data_ptr<float>(), pairs(panels.values));
  }
  return panels;
}

Panels panels_for(const at::Tensor& weight, Precision precision) {
  return precision == Precision::bf16 ? make_panels(weight) : Panels();
}

void weight_product(const at::Tensor& x, const at::Tensor& weight, const Panels& panels, const at::Tensor& addend,
                    at::Tensor& out) {
  if (panels.values.defined()) {
    if (addend.defined()) std::memcpy(data<float>(out), addend.const_data_ptr<float>(), out.nbytes());
    panel_product(x.size(0), x.const_data_ptr<float>(), panels, data<float>(out), addend.defined());
  } else if (addend.defined()) {
    at::addmm_out(out, addend, x, weight.t());
  } else {
    at::mm_out(out, x, weight.t());
  }
}

void add_weight_gradient(const at::Tensor& sum, const at::Tensor& grad, const at::Tensor& x, Precision precision) {
  if (precision == Precision::f32) {
    sum.addmm_(grad.t(), x);
    return;
  }
  const int64_t rows = x.size(0), outputs = grad.size(1), inputs = x.size(1), depth = bf16_depth(rows);
  const at::Tensor left = empty_pairs(bf16_lines(outputs), depth),
                   right = empty_pairs(bf16_panels(inputs), depth * kBf16Panel);
  count_product(rows, inputs, outputs);
  bf16_left_of_transposed(outputs, rows, grad.const_data_ptr<float>(), pairs(left));
  bf16_right(rows, inputs, x.const_data_ptr<float>(), pairs(right));
  bf16_product(outputs, inputs, depth, pairs(left), pairs(right), data<float>(sum), inputs, true);
}

at::Tensor panel_linear(const at::Tensor& x, const Panels& panels, const at::Tensor& addend) {
  const at::Tensor out = at::empty({x.size(0), panels.outputs}, x.options());
  panel_linear_out(x, panels, addend, out);
  return out;
}

void panel_linear_out(const at::Tensor& x, const Panels& panels, const at::Tensor& addend, const at::Tensor& out) {
  const at::Tensor rows = x.contiguous();
  if (addend.defined()) out.copy_(addend);
  for_tiles(Tiles(x.size(0)), [&](int64_t) {
    return [&](int64_t first, int64_t n) {
      panel_product(n, rows.const_data_ptr<float>() + first * panels.inputs, panels,
                    data<float>(out) + first * panels.outputs, addend.defined());
    };
  });
}

}  // namespace crescent
