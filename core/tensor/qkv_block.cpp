#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/linear.h>
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

void check(const at::Tensor& x, const QkvWeights& w, const Rotation& r, const RotaryShape& s) {
  if (s.head_dim % 2 != 0 || s.width() != w.weight.size(0) || x.size(1) != w.weight.size(1) ||
      r.cos.sizes() != r.sin.sizes() || r.cos.size(0) != x.size(0) || r.cos.size(1) * 2 != s.head_dim) {
    fail("qkv_block: x [{}], weight [{}], cos [{}] do not fit {} heads and {} kv heads", fmt::join(x.sizes(), ", "),
         fmt::join(w.weight.sizes(), ", "), fmt::join(r.cos.sizes(), ", "), s.heads, s.kv_heads);
  }
}

template <class T>
const T* optional_data(const at::Tensor& t) {
  return t.defined() ? data<T>(t) : nullptr;
}

template <class T>
variable_list forward(const at::Tensor& x, const QkvWeights& w, const Rotation& rotation, const RotaryShape& shape,
                      double eps) {
  const int64_t rows = x.size(0), d = x.size(1), half = shape.head_dim / 2;
  const at::Tensor q = at::empty({rows, shape.heads, shape.head_dim}, x.options());
  const at::Tensor k = at::empty({rows, shape.kv_heads, shape.head_dim}, x.options()), v = at::empty_like(k);
  const int64_t q_row = shape.heads * shape.head_dim, k_row = shape.kv_heads * shape.head_dim;
  const Tiles tiles(rows);
  for_tiles(tiles, [&](int64_t) {
    return [&, h = at::empty({tiles.tile_rows, d}, x.options()), rstd = at::empty({tiles.tile_rows}, x.options()),
            qkv = at::empty({tiles.tile_rows, shape.width()}, x.options())](int64_t first, int64_t n) {
      rms_norm_rows<T>(n, d, data<T>(x) + first * d, data<T>(w.norm), static_cast<T>(eps), data<T>(h), data<T>(rstd));
      at::Tensor out = qkv.narrow(0, 0, n);
      weight_product(h.narrow(0, 0, n), w.weight, w.panels, {}, out);
      rotate_rows<T>(n, shape, data<T>(qkv), optional_data<T>(w.bias), data<T>(rotation.cos) + first * half,
                     data<T>(rotation.sin) + first * half, data<T>(q) + first * q_row, data<T>(k) + first * k_row,
                     data<T>(v) + first * k_row);
    };
  });
  return {q, k, v};
}

struct Saved {
  at::Tensor x;
  QkvWeights weights;
  Rotation rotation;
};

template <class T>
variable_list backward(const Saved& saved, const variable_list& grads, const RotaryShape& shape, double eps) {
  const at::Tensor& x = saved.x;
  const at::Tensor &norm = saved.weights.norm, &weight = saved.weights.weight, &bias = saved.weights.bias;
  const int64_t rows = x.size(0), d = x.size(1), half = shape.head_dim / 2;
  const int64_t q_row = shape.heads * shape.head_dim, k_row = shape.kv_heads * shape.head_dim;
  const at::Tensor grad_x = at::empty_like(x);
  const Tiles tiles(rows);
  const at::Tensor weight_t = weight.t();
  const Precision precision = saved.weights.precision;
  const Panels panels = panels_for(weight_t, precision);
  const WorkerSums grad_norm(norm, tiles.workers), grad_weight(weight, tiles.workers), grad_bias(bias, tiles.workers);
  for_tiles(tiles, [&](int64_t worker) {
    return [&, worker, h = at::empty({tiles.tile_rows, d}, x.options()),
            rstd = at::empty({tiles.tile_rows}, x.options()), grad_h = at::empty({tiles.tile_rows, d}, x.options()),
            grad_qkv = at::empty({tiles.tile_rows, shape.width()}, x.options())](int64_t first, int64_t n) {
      const T* rows_of_x = data<T>(x) + first * d;
      rms_norm_rows<T>(n, d, rows_of_x, data<T>(norm), static_cast<T>(eps), data<T>(h), data<T>(rstd));
      rotate_backward_rows<T>(n, shape, data<T>(grads[0]) + first * q_row, data<T>(grads[1]) + first * k_row,
                              data<T>(grads[2]) + first * k_row, data<T>(saved.rotation.cos) + first * half,
                              data<T>(saved.rotation.sin) + first * half, data<T>(grad_qkv));
      const at::Tensor tile = grad_qkv.narrow(0, 0, n);
      add_weight_gradient(grad_weight.of(worker), tile, h.narrow(0, 0, n), precision);
      if (bias.defined()) add_column_sums<T>(n, shape.width(), data<T>(tile), data<T>(grad_bias.of(worker)));
      at::Tensor out = grad_h.narrow(0, 0, n);
      weight_product(tile, weight_t, panels, {}, out);
      rms_norm_backward_rows<T>(n, d, rows_of_x, data<T>(norm), data<T>(rstd), data<T>(grad_h),
                                static_cast<const T*>(nullptr), data<T>(grad_x) + first * d,
                                data<T>(grad_norm.of(worker)));
    };
  });
  return {grad_x, grad_norm.total(), grad_weight.total(), grad_bias.total()};
}

struct QkvBlock : torch::autograd::Function<QkvBlock> {
  static variable_list forward(AutogradContext* ctx, const at::Tensor& x, const at::Tensor& norm,
                               const at::Tensor& weight, const std::optional<at::Tensor>& bias, const at::Tensor& cos,
                               const at::Tensor& sin, RotaryShape shape, double eps, Precision precision) {
    const at::Tensor rows = x.contiguous(), bias_or_none = bias.value_or(at::Tensor());
    variable_list out;
    dispatch_floating(x, [&]<class T>() {
      const QkvWeights weights{norm, weight, bias_or_none, panels_for(weight, precision), precision};
      out = crescent::forward<T>(rows, weights, {cos, sin}, shape, eps);
    });
    ctx->save_for_backward({rows, norm, weight, bias_or_none, cos, sin});
    ctx->saved_data["shape"] = std::vector<int64_t>{shape.heads, shape.kv_heads, shape.head_dim};
    ctx->saved_data["eps"] = eps;
    ctx->saved_data["precision"] = static_cast<int64_t>(precision);
    return out;
  }

  static variable_list backward(AutogradContext* ctx, const variable_list& grad_outputs) {
    const variable_list t = ctx->get_saved_variables();
    const auto numbers = ctx->saved_data["shape"].toIntVector();
    const RotaryShape shape{numbers[0], numbers[1], numbers[2]};
    const double eps = ctx->saved_data["eps"].toDouble();
    const auto precision = static_cast<Precision>(ctx->saved_data["precision"].toInt());
    const variable_list grads = {grad_outputs[0].contiguous(), grad_outputs[1].contiguous(),
                                 grad_outputs[2].contiguous()};
    variable_list out;
    dispatch_floating(t[0], [&]<class T>() {
      out = crescent::backward<T>({t[0], {t[1], t[2], t[3], {}, precision}, {t[4], t[5]}}, grads, shape, eps);
    });
    out.resize(9);  // cos, sin, shape, eps and the precision have none
    return out;
  }
};

}  // namespace

Qkv qkv_block(const at::Tensor& x, const QkvWeights& weights, const Rotation& rotation, int64_t heads, int64_t kv_heads,
              double eps) {
  RECORD_USER_SCOPE("qkv block");
  const RotaryShape shape{heads, kv_heads, weights.weight.size(0) / (heads + 2 * kv_heads)};
  check(x, weights, rotation, shape);
  if (!has_cpu_kernel(x)) return qkv_block_reference(x, weights, rotation, heads, kv_heads, eps);
  const auto bias = weights.bias.defined() ? std::optional(weights.bias) : std::nullopt;
  const Rotation turns{rotation.cos.contiguous(), rotation.sin.contiguous()};
  const bool needs_gradient = at::GradMode::is_enabled() &&
                              (x.requires_grad() || weights.norm.requires_grad() || weights.weight.requires_grad());
  variable_list out;
  if (needs_gradient) {
    out = QkvBlock::apply(x, weights.norm, weights.weight, bias, turns.cos, turns.sin, shape, eps, weights.precision);
  } else {
    QkvWeights laid_out = weights;
    if (!weights.panels.values.defined()) laid_out.panels = panels_for(weights.weight, weights.precision);
    dispatch_floating(x, [&]<class T>() { out = forward<T>(x.contiguous(), laid_out, turns, shape, eps); });
  }
  return {out[0], out[1], out[2]};
}

Qkv qkv_block_reference(const at::Tensor& x, const QkvWeights& weights, const Rotation& rotation, int64_t heads,
                        int64_t kv_heads, double eps) {
  const int64_t dim = weights.weight.size(0) / (heads + 2 * kv_heads);
  const auto bias = weights.bias.defined() ? std::optional(weights.bias) : std::nullopt;
  const at::Tensor qkv = at::linear(rms_norm_reference(x, weights.norm, eps), weights.weight, bias)
                             .view({x.size(0), heads + 2 * kv_heads, dim});
  const at::Tensor cos = rotation.cos.unsqueeze(1), sin = rotation.sin.unsqueeze(1);
  const auto rotated = [&](int64_t first, int64_t count) {
    const at::Tensor part = qkv.narrow(1, first, count), a = part.narrow(2, 0, dim / 2),
                     b = part.narrow(2, dim / 2, dim / 2);
    return at::cat({a * cos - b * sin, b * cos + a * sin}, 2);
  };
  return {rotated(0, heads), rotated(heads, kv_heads), qkv.narrow(1, heads + kv_heads, kv_heads).contiguous()};
}

}  // namespace crescent
