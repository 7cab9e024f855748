// Keys and values of a rollout: each group's prompt once, and the own tokens of each sequence in its slot. Allocated
// once, written in place and used again; it grows when a call needs more than any before.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <vector>

#include "core/model/config.hpp"
#include "core/tensor/decode_attention.hpp"

namespace crescent {

struct CacheShape {
  int64_t prefix_rows = 0, slots = 0, max_own = 0;  // each at least 1
};

class KvCache {  // [main-thread]
 public:
  KvCache(const DecoderConfig& decoder, at::Device device) : decoder_(decoder), device_(device) {}

  // Makes room for at least `shape`; what was held is lost when it has to grow.
  void reserve(const CacheShape& shape);
  // Stores rows [from, from + length) of a prefill's k and v [N, kv_heads, D] as prefix rows [to, to + length).
  void store_prefix(int64_t layer, const at::Tensor& k, const at::Tensor& v, int64_t from, int64_t length, int64_t to);
  const DecodeCache& layer(int64_t layer) const { return layers_[layer]; }
  const CacheShape& shape() const { return shape_; }

 private:
  DecoderConfig decoder_;
  at::Device device_;
  CacheShape shape_;
  std::vector<DecodeCache> layers_;
};

}  // namespace crescent
