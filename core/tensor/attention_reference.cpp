// The ATen twins of both attentions: rows padded into a batch, a mask, a softmax.
#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "core/tensor/attention.hpp"
#include "core/tensor/attention_plan.hpp"
#include "core/tensor/decode_attention.hpp"

namespace crescent {
namespace {

// q [B, heads, Q, D], k and v [B, kv_heads, K, D], hidden [B, 1, Q, K] true where a key is not seen -> [B, heads, Q, D]
at::Tensor masked_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const at::Tensor& hidden) {
  const int64_t group = q.size(1) / k.size(1);
  const at::Tensor keys = k.repeat_interleave(group, 1), values = v.repeat_interleave(group, 1);
  const at::Tensor scores = at::matmul(q, keys.transpose(2, 3)) * (1 / std::sqrt(static_cast<double>(q.size(3))));
  return at::matmul(at::softmax(scores.masked_fill(hidden, -std::numeric_limits<double>::infinity()), -1), values);
}

// Index tensors that pad segments into a batch: padding repeats row 0 and is masked or dropped.
struct Padding {
  std::vector<int64_t> query_rows, key_rows;  // [B, Q], [B, K]
  std::vector<uint8_t> hidden;                // [B, Q, K]
  std::vector<int64_t> packed;                // [N] where row n of the batch stands in [B, Q]
  int64_t queries = 0, keys = 0;
};

Padding pad(std::span<const Segment> segments, AttentionMask mask) {
  Padding p;
  for (const Segment& s : segments) {
    p.queries = std::max(p.queries, s.length);
    p.keys = std::max(p.keys, s.prefix_length + s.length);
  }
  for (size_t b = 0; b < segments.size(); ++b) {
    const Segment& s = segments[b];
    const int64_t keys = s.prefix_length + s.length;
    for (int64_t j = 0; j < p.keys; ++j) {
      p.key_rows.push_back(j >= keys ? 0 : j < s.prefix_length ? s.prefix_start + j : s.start + j - s.prefix_length);
    }
    for (int64_t i = 0; i < p.queries; ++i) {
      p.query_rows.push_back(i < s.length ? s.start + i : 0);
      if (i < s.length) p.packed.push_back(static_cast<int64_t>(b) * p.queries + i);
      const int64_t seen = mask == AttentionMask::full || i >= s.length ? keys : s.prefix_length + i + 1;
      for (int64_t j = 0; j < p.keys; ++j) p.hidden.push_back(j >= seen);
    }
  }
  return p;
}

at::Tensor to_device(const std::vector<int64_t>& values, at::Device device) {
  return at::tensor(values, at::kLong).to(device);
}

}  // namespace

at::Tensor packed_attention_reference(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                                      std::span<const Segment> segments, AttentionMask mask) {
  plan_attention(segments, q.size(0));  // throws for what does not fit
  const Padding p = pad(segments, mask);
  const int64_t batch = static_cast<int64_t>(segments.size());
  const at::Tensor query_rows = to_device(p.query_rows, q.device()), key_rows = to_device(p.key_rows, q.device());
  const auto gather = [&](const at::Tensor& t, const at::Tensor& rows, int64_t length) {
    return t.index_select(0, rows).view({batch, length, t.size(1), t.size(2)}).transpose(1, 2);
  };
  const at::Tensor hidden =
      at::tensor(p.hidden, at::kByte).to(at::kBool).to(q.device()).view({batch, 1, p.queries, p.keys});
  const at::Tensor out = masked_attention(gather(q, query_rows, p.queries), gather(k, key_rows, p.keys),
                                          gather(v, key_rows, p.keys), hidden);
  return out.transpose(1, 2)
      .reshape({batch * p.queries, q.size(1) * q.size(2)})
      .index_select(0, to_device(p.packed, q.device()));
}

at::Tensor decode_attention_reference(const at::Tensor& q, const DecodeCache& cache, std::span<const DecodeRow> rows) {
  const int64_t batch = static_cast<int64_t>(rows.size());
  int64_t most_prefix = 0, most_own = 1;
  for (const DecodeRow& row : rows) {
    most_prefix = std::max(most_prefix, row.prefix_length);
    most_own = std::max(most_own, row.own_length);
  }
  std::vector<int64_t> prefix_rows, slots;
  std::vector<uint8_t> hidden;
  for (const DecodeRow& row : rows) {
    slots.push_back(row.slot);
    for (int64_t j = 0; j < most_prefix; ++j) {
      prefix_rows.push_back(j < row.prefix_length ? row.prefix_start + j : 0);
      hidden.push_back(j >= row.prefix_length);
    }
    for (int64_t j = 0; j < most_own; ++j) hidden.push_back(j >= row.own_length);
  }
  const at::Tensor rows_index = to_device(prefix_rows, q.device()), slot_index = to_device(slots, q.device());
  const auto prefix = [&](const at::Tensor& t) {
    return t.index_select(0, rows_index).view({batch, most_prefix, t.size(1), t.size(2)}).transpose(1, 2);
  };
  // A slot's unwritten tail may hold anything, also NaN, which a zero weight would not silence: cleared here.
  const at::Tensor hidden_own = at::tensor(hidden, at::kByte).to(at::kBool).to(q.device()).view({batch, 1, 1, -1});
  const at::Tensor unwritten = hidden_own.slice(3, most_prefix).transpose(2, 3);
  const at::Tensor own_k = cache.own_k.index_select(0, slot_index)
                               .transpose(3, 4)
                               .flatten(2, 3)  // [B, kv_heads, T, D]
                               .slice(2, 0, most_own);
  const at::Tensor own_v = cache.own_v.slice(2, 0, most_own).index_select(0, slot_index);
  const at::Tensor k = at::cat({prefix(cache.prefix_k), own_k.masked_fill(unwritten, 0)}, 2);
  const at::Tensor v = at::cat({prefix(cache.prefix_v), own_v.masked_fill(unwritten, 0)}, 2);
  return masked_attention(q.unsqueeze(2), k, v, hidden_own).reshape({batch, q.size(1) * q.size(2)});
}

}  // namespace crescent
