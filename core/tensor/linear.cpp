#include "core/tensor/linear.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/addmm.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/mm.h>
#include <torch/csrc/autograd/custom_function.h>

#include "core/tensor/tiles.hpp"

namespace crescent {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

struct Bf16Linear : torch::autograd::Function<Bf16Linear> {
  static at::Tensor forward(AutogradContext* ctx, const at::Tensor& x, const at::Tensor& weight,
                            const std::optional<at::Tensor>& addend) {
    const at::Tensor rows = x.contiguous();
    ctx->save_for_backward({rows, weight});
    ctx->saved_data["addend"] = addend.has_value();
    return panel_linear(rows, make_panels(weight), addend.value_or(at::Tensor()));
  }

  static variable_list backward(AutogradContext* ctx, const variable_list& grads) {
    const variable_list t = ctx->get_saved_variables();
    const at::Tensor grad = grads[0].contiguous();
    const bool by_x = ctx->needs_input_grad(0), by_weight = ctx->needs_input_grad(1);
    return {by_x ? panel_linear(grad, make_panels(t[1].t()), {}) : at::Tensor(),
            by_weight ? weight_gradient(grad, t[0], Precision::bf16) : at::Tensor(),
            ctx->saved_data["addend"].toBool() ? grads[0] : at::Tensor()};
  }
};

}  // namespace

at::Tensor linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& addend, Precision precision,
                  const Panels& panels) {
  if (panels.values.defined()) return panel_linear(x, panels, addend);
  if (precision == Precision::bf16) {
    return Bf16Linear::apply(x, weight, addend.defined() ? std::optional(addend) : std::nullopt);
  }
  return addend.defined() ? at::addmm(addend, x, weight.t()) : at::mm(x, weight.t());
}

at::Tensor linear_reference(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& addend,
                            Precision precision) {
  const auto rounded = [&](const at::Tensor& t) {
    return precision == Precision::bf16 ? t.detach().to(at::kBFloat16).to(at::kFloat) : t.detach();
  };
  const at::Tensor product = at::mm(rounded(x), rounded(weight).t());
  return addend.defined() ? product + addend.detach() : product;
}

at::Tensor weight_gradient(const at::Tensor& grad, const at::Tensor& x, Precision precision) {
  if (precision == Precision::f32) return at::mm(grad.t(), x);
  const at::Tensor rows = x.contiguous(), like = at::empty({grad.size(1), x.size(1)}, x.options());
  const Tiles tiles(rows.size(0));
  const WorkerSums sums(like, tiles.workers);
  for_tiles(tiles, [&](int64_t worker) {
    return [&, worker](int64_t first, int64_t n) {
      add_weight_gradient(sums.of(worker), grad.narrow(0, first, n), rows.narrow(0, first, n), precision);
    };
  });
  return sums.total();
}

}  // namespace crescent
