// The CPU kernel of packed attention, for one family of segments and one kv head at a time.
#pragma once

#include <cstdint>

#include "core/tensor/attention.hpp"
#include "core/tensor/attention_plan.hpp"

namespace crescent {

struct AttentionShape {
  int64_t heads = 0, kv_heads = 0, head_dim = 0;
  AttentionMask mask = AttentionMask::causal;
  int64_t group() const { return heads / kv_heads; }  // query heads that share a kv head
};

template <class T>
struct AttentionForward {
  const T* q;  // [N, heads, D]
  const T* k;  // [N, kv_heads, D]
  const T* v;  // [N, kv_heads, D]
  T* out;      // [N, heads, D]
  T* lse;      // [N, heads] log of the softmax's denominator
};

template <class T>
struct AttentionBackward {
  AttentionForward<T> forward;  // what the forward pass read and wrote
  const T* grad_out;            // [N, heads, D]
  T* grad_q;                    // [N, heads, D]
  T* grad_k;                    // [N, kv_heads, D] zeroed by the caller
  T* grad_v;                    // [N, kv_heads, D] zeroed by the caller
};

// f32 and f64; parallel over families and kv heads.
template <class T>
void attention_forward(const AttentionShape& shape, const AttentionPlan& plan, const AttentionForward<T>& io);
template <class T>
void attention_backward(const AttentionShape& shape, const AttentionPlan& plan, const AttentionBackward<T>& io);

}  // namespace crescent
