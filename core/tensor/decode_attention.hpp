// Attention of decoding: one query a sequence, against a prompt's keys shared by its group and the sequence's own.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>

namespace crescent {

// Where one row of the batch finds its keys.
struct DecodeRow {
  int64_t slot = 0;                             // of the own cache
  int64_t prefix_start = 0, prefix_length = 0;  // rows of the prefix cache
  int64_t own_length = 0;                       // tokens in the slot, the present one included; 1..T_max
};

// The cache of one layer. Keys of a slot are stored transposed in blocks of kKeyBlock positions, so that a product of
// queries and a block reads memory as it lies; write them with append_decode_cache. All tensors on one device, of one
// floating type.
inline constexpr int64_t kKeyBlock = 16;
inline int64_t own_blocks(int64_t tokens) { return (tokens + kKeyBlock - 1) / kKeyBlock; }

struct DecodeCache {
  at::Tensor prefix_k, prefix_v;  // [P, kv_heads, D] rows as prefill's Attend callback gets them (k rotated)
  at::Tensor own_k;               // [slots, kv_heads, own_blocks(T_max), D, kKeyBlock]
  at::Tensor own_v;               // [slots, kv_heads, T_max, D]; a register more lies behind the last value
};

DecodeCache make_decode_cache(int64_t prefix_rows, int64_t slots, int64_t max_own, int64_t kv_heads, int64_t head_dim,
                              at::Device device);  // f32; prefix zeroed, own uninitialised

// Writes k and v [B, kv_heads, D] of row b at index rows[b].own_length - 1 of its slot: call it with the same rows as
// decode_attention, before it.
void append_decode_cache(const DecodeCache& cache, std::span<const DecodeRow> rows, const at::Tensor& k,
                         const at::Tensor& v);

// q [B, heads, D] -> [B, heads * D]. No gradient. Fastest when rows that share a prefix are neighbours; the result of a
// row does not depend on its neighbours. Throws Error for a row that lies outside the cache. [main-thread]
at::Tensor decode_attention(const at::Tensor& q, const DecodeCache& cache, std::span<const DecodeRow> rows);
at::Tensor decode_attention_reference(const at::Tensor& q, const DecodeCache& cache, std::span<const DecodeRow> rows);

}  // namespace crescent
