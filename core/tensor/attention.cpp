#include "core/tensor/attention.hpp"

#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/zeros_like.h>
#include <ATen/record_function.h>
#include <torch/csrc/autograd/custom_function.h>

#include "core/base/error.hpp"
#include "core/tensor/attention_kernel.hpp"
#include "core/tensor/dispatch.hpp"

namespace crescent {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

AttentionShape shape_of(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, AttentionMask mask) {
  if (q.dim() != 3 || k.dim() != 3 || v.sizes() != k.sizes() || k.size(0) != q.size(0) || k.size(2) != q.size(2) ||
      k.size(1) == 0 || q.size(1) % k.size(1) != 0) {
    fail(
        "attention: shapes q [{}], k [{}], v [{}] do not fit; expected [N, heads, D] and twice [N, kv_heads, D] with "
        "kv_heads dividing heads",
        fmt::join(q.sizes(), ", "), fmt::join(k.sizes(), ", "), fmt::join(v.sizes(), ", "));
  }
  return {q.size(1), k.size(1), q.size(2), mask};
}

struct AttentionCall : torch::CustomClassHolder {  // what the backward pass needs besides tensors
  AttentionPlan plan;
  AttentionShape shape;
};

template <class T>
AttentionForward<T> forward_io(const variable_list& t) {
  return {data<T>(t[0]), data<T>(t[1]), data<T>(t[2]), data<T>(t[3]), data<T>(t[4])};
}

struct PackedAttention : torch::autograd::Function<PackedAttention> {
  static at::Tensor forward(AutogradContext* ctx, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                            c10::intrusive_ptr<AttentionCall> call) {
    const AttentionShape& shape = call->shape;
    const at::Tensor out = at::empty({q.size(0), shape.heads * shape.head_dim}, q.options());
    const at::Tensor lse = at::empty({q.size(0), shape.heads}, q.options());
    const variable_list tensors = {q.contiguous(), k.contiguous(), v.contiguous(), out, lse};
    dispatch_floating(q, [&]<class T>() { attention_forward<T>(shape, call->plan, forward_io<T>(tensors)); });
    ctx->save_for_backward(tensors);
    ctx->saved_data["call"] = c10::IValue::make_capsule(std::move(call));
    return out;
  }

  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const variable_list saved = ctx->get_saved_variables();
    const auto call = c10::static_intrusive_pointer_cast<AttentionCall>(ctx->saved_data["call"].toCapsule());
    const at::Tensor grad = grads[0].contiguous();
    const at::Tensor grad_q = at::empty_like(saved[0]), grad_k = at::zeros_like(saved[1]),
                     grad_v = at::zeros_like(saved[2]);
    dispatch_floating(grad, [&]<class T>() {
      attention_backward<T>(call->shape, call->plan,
                            {forward_io<T>(saved), data<T>(grad), data<T>(grad_q), data<T>(grad_k), data<T>(grad_v)});
    });
    return {grad_q, grad_k, grad_v, at::Tensor()};
  }
};

}  // namespace

at::Tensor packed_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                            std::span<const Segment> segments, AttentionMask mask) {
  RECORD_USER_SCOPE("attention");
  if (!has_cpu_kernel(q)) return packed_attention_reference(q, k, v, segments, mask);
  auto call = c10::make_intrusive<AttentionCall>();
  call->shape = shape_of(q, k, v, mask);
  call->plan = plan_attention(segments, q.size(0));
  return PackedAttention::apply(q, k, v, std::move(call));
}

}  // namespace crescent
