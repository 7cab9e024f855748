// Attention over packed rows without padding, with grouped-query heads and a prefix shared by several segments.
#pragma once

#include <ATen/core/Tensor.h>

#include <span>

#include "core/tensor/segment.hpp"

namespace crescent {

enum class AttentionMask { causal, full };  // of a segment's own rows; a prefix is always seen whole

// softmax(q k^T / sqrt(D)) v within each segment; query head h reads kv head h / (heads / kv_heads).
// q [N, heads, D], k and v [N, kv_heads, D] -> [N, heads * D]. f32 or f64 on the CPU: own forward and backward,
// parallel over groups of segments that share a prefix and over kv heads, so that every sum has a fixed order.
// Elsewhere: the ATen twin, which pads segments into one batch. Throws Error when the segments do not cover the rows in
// order, one is empty, or a prefix is not inside one segment without a prefix. [main-thread]
at::Tensor packed_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                            std::span<const Segment> segments, AttentionMask mask);
at::Tensor packed_attention_reference(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                                      std::span<const Segment> segments, AttentionMask mask);

}  // namespace crescent
