#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/silu.h>
#include <ATen/record_function.h>
#include <torch/csrc/autograd/custom_function.h>

#include "core/tensor/blocks.hpp"
#include "core/tensor/dispatch.hpp"
#include "core/tensor/ops.hpp"
#include "core/tensor/row_kernels.hpp"
#include "core/tensor/tiles.hpp"

namespace crescent {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

void check(const at::Tensor& x, const MlpWeights& w) {
  if (w.gate_up.size(0) != 2 * w.down.size(1) || w.gate_up.size(1) != x.size(1) || w.down.size(0) != x.size(1)) {
    fail("mlp_block: x [{}], gate_up [{}], down [{}] do not fit", fmt::join(x.sizes(), ", "),
         fmt::join(w.gate_up.sizes(), ", "), fmt::join(w.down.sizes(), ", "));
  }
}

std::optional<at::Tensor> optional(const at::Tensor& t) { return t.defined() ? std::optional(t) : std::nullopt; }

template <class T>
const T* optional_data(const at::Tensor& t) {
  return t.defined() ? data<T>(t) : nullptr;
}

// Writes gate_up [N, 2F] for the backward pass where it is defined; else it lives in a tile.
template <class T>
void forward(const at::Tensor& x, const MlpWeights& w, double eps, const at::Tensor& gate_up, const at::Tensor& out) {
  const int64_t d = x.size(1), width = w.down.size(1);
  const Tiles tiles(x.size(0));
  for_tiles(tiles, [&](int64_t) {
    return [&, h = at::empty({tiles.tile_rows, d}, x.options()), rstd = at::empty({tiles.tile_rows}, x.options()),
            act = at::empty({tiles.tile_rows, width}, x.options()),
            scratch = gate_up.defined() ? at::Tensor() : at::empty({tiles.tile_rows, 2 * width}, x.options())](
               int64_t first, int64_t n) {
      const at::Tensor rows = x.narrow(0, first, n), norm = h.narrow(0, 0, n);
      rms_norm_rows<T>(n, d, data<T>(rows), data<T>(w.norm), static_cast<T>(eps), data<T>(norm), data<T>(rstd));
      at::Tensor projected = gate_up.defined() ? gate_up.narrow(0, first, n) : scratch.narrow(0, 0, n);
      weight_product(norm, w.gate_up, w.gate_up_panels, {}, projected);
      silu_mul_rows<T>(n, width, data<T>(projected), optional_data<T>(w.gate_up_bias), data<T>(act));
      at::Tensor result = out.narrow(0, first, n);
      weight_product(act.narrow(0, 0, n), w.down, w.down_panels, rows, result);
      if (w.down_bias.defined()) result.add_(w.down_bias);
    };
  });
}

struct Gradients {
  Gradients(const MlpWeights& w, int64_t workers)
      : norm(w.norm, workers),
        gate_up(w.gate_up, workers),
        gate_up_bias(w.gate_up_bias, workers),
        down(w.down, workers),
        down_bias(w.down_bias, workers) {}
  WorkerSums norm, gate_up, gate_up_bias, down, down_bias;
};

// The panels of `w` are of the transposed weights here.
template <class T>
void backward_tile(const at::Tensor& rows, const MlpWeights& w, double eps, const at::Tensor& gate_up,
                   const at::Tensor& grad, const Gradients& sums, int64_t worker, const at::Tensor& scratch_h,
                   const at::Tensor& scratch_act, const at::Tensor& scratch_gate_up, const at::Tensor& rstd,
                   const at::Tensor& grad_x) {
  const int64_t n = rows.size(0), d = rows.size(1), width = w.down.size(1);
  const at::Tensor h = scratch_h.select(0, 0).narrow(0, 0, n), act = scratch_act.select(0, 0).narrow(0, 0, n),
                   grad_gate_up = scratch_gate_up.narrow(0, 0, n);
  const at::Tensor down_t = w.down.t(), gate_up_t = w.gate_up.t();
  at::Tensor grad_h = scratch_h.select(0, 1).narrow(0, 0, n), grad_act = scratch_act.select(0, 1).narrow(0, 0, n);
  rms_norm_rows<T>(n, d, data<T>(rows), data<T>(w.norm), static_cast<T>(eps), data<T>(h), data<T>(rstd));
  weight_product(grad, down_t, w.down_panels, {}, grad_act);
  silu_mul_backward_rows<T>(n, width, data<T>(gate_up), data<T>(grad_act), data<T>(act), data<T>(grad_gate_up));
  add_weight_gradient(sums.down.of(worker), grad, act, w.precision);
  add_weight_gradient(sums.gate_up.of(worker), grad_gate_up, h, w.precision);
  if (sums.down_bias.defined()) add_column_sums<T>(n, d, data<T>(grad), data<T>(sums.down_bias.of(worker)));
  if (sums.gate_up_bias.defined()) {
    add_column_sums<T>(n, 2 * width, data<T>(grad_gate_up), data<T>(sums.gate_up_bias.of(worker)));
  }
  weight_product(grad_gate_up, gate_up_t, w.gate_up_panels, {}, grad_h);
  rms_norm_backward_rows<T>(n, d, data<T>(rows), data<T>(w.norm), data<T>(rstd), data<T>(grad_h), data<T>(grad),
                            data<T>(grad_x), data<T>(sums.norm.of(worker)));
}

template <class T>
variable_list backward(const at::Tensor& x, MlpWeights w, double eps, const at::Tensor& gate_up,
                       const at::Tensor& grad) {
  const int64_t d = x.size(1), width = w.down.size(1);
  w.gate_up_panels = panels_for(w.gate_up.t(), w.precision);
  w.down_panels = panels_for(w.down.t(), w.precision);
  const at::Tensor grad_x = at::empty_like(x);
  const Tiles tiles(x.size(0));
  const Gradients sums(w, tiles.workers);
  for_tiles(tiles, [&](int64_t worker) {
    return [&, worker, h = at::empty({2, tiles.tile_rows, d}, x.options()),
            act = at::empty({2, tiles.tile_rows, width}, x.options()), rstd = at::empty({tiles.tile_rows}, x.options()),
            grad_gate_up = at::empty({tiles.tile_rows, 2 * width}, x.options())](int64_t first, int64_t n) {
      const auto rows = [&](const at::Tensor& t) { return t.narrow(0, first, n); };
      backward_tile<T>(rows(x), w, eps, rows(gate_up), rows(grad), sums, worker, h, act, grad_gate_up, rstd,
                       rows(grad_x));
    };
  });
  return {grad_x,
          sums.norm.total(),
          sums.gate_up.total(),
          sums.gate_up_bias.total(),
          sums.down.total(),
          sums.down_bias.total()};
}

struct MlpBlock : torch::autograd::Function<MlpBlock> {
  static at::Tensor forward(AutogradContext* ctx, const at::Tensor& x, const at::Tensor& norm,
                            const at::Tensor& gate_up_weight, const std::optional<at::Tensor>& gate_up_bias,
                            const at::Tensor& down, const std::optional<at::Tensor>& down_bias, double eps,
                            Precision precision) {
    const MlpWeights weights{norm,
                             gate_up_weight,
                             gate_up_bias.value_or(at::Tensor()),
                             down,
                             down_bias.value_or(at::Tensor()),
                             panels_for(gate_up_weight, precision),
                             panels_for(down, precision),
                             precision};
    const at::Tensor rows = x.contiguous(), out = at::empty_like(rows);
    const at::Tensor gate_up = at::empty({x.size(0), gate_up_weight.size(0)}, x.options());
    dispatch_floating(x, [&]<class T>() { crescent::forward<T>(rows, weights, eps, gate_up, out); });
    ctx->save_for_backward({rows, gate_up, norm, gate_up_weight, weights.gate_up_bias, down, weights.down_bias});
    ctx->saved_data["eps"] = eps;
    ctx->saved_data["precision"] = static_cast<int64_t>(precision);
    return out;
  }

  static variable_list backward(AutogradContext* ctx, const variable_list& grads) {
    const variable_list t = ctx->get_saved_variables();
    const double eps = ctx->saved_data["eps"].toDouble();
    const auto precision = static_cast<Precision>(ctx->saved_data["precision"].toInt());
    const at::Tensor grad = grads[0].contiguous();
    variable_list out;
    dispatch_floating(grad, [&]<class T>() {
      out = crescent::backward<T>(t[0], {t[2], t[3], t[4], t[5], t[6], {}, {}, precision}, eps, t[1], grad);
    });
    out.resize(8);  // eps and the precision have none
    return out;
  }
};

}  // namespace

at::Tensor mlp_block(const at::Tensor& x, const MlpWeights& w, double eps) {
  RECORD_USER_SCOPE("mlp block");
  check(x, w);
  if (!has_cpu_kernel(x)) return mlp_block_reference(x, w, eps);
  const bool needs_gradient = at::GradMode::is_enabled() && (x.requires_grad() || w.norm.requires_grad() ||
                                                             w.gate_up.requires_grad() || w.down.requires_grad());
  if (needs_gradient) {
    return MlpBlock::apply(x, w.norm, w.gate_up, optional(w.gate_up_bias), w.down, optional(w.down_bias), eps,
                           w.precision);
  }
  const at::Tensor rows = x.contiguous(), out = at::empty_like(rows);
  MlpWeights laid_out = w;
  if (!w.gate_up_panels.values.defined()) {
    laid_out.gate_up_panels = panels_for(w.gate_up, w.precision);
    laid_out.down_panels = panels_for(w.down, w.precision);
  }
  dispatch_floating(x, [&]<class T>() { forward<T>(rows, laid_out, eps, {}, out); });
  return out;
}

at::Tensor mlp_block_reference(const at::Tensor& x, const MlpWeights& w, double eps) {
  const at::Tensor gate_up = at::linear(rms_norm_reference(x, w.norm, eps), w.gate_up, optional(w.gate_up_bias));
  const int64_t width = w.down.size(1);
  const at::Tensor act = at::silu(gate_up.narrow(1, 0, width)) * gate_up.narrow(1, width, width);
  return x + at::linear(act, w.down, optional(w.down_bias));
}

}  // namespace crescent
