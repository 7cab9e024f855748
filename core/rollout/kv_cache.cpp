#include "core/rollout/kv_cache.hpp"

#include <ATen/ops/copy.h>
#include <ATen/ops/narrow.h>

#include <algorithm>

namespace crescent {

void KvCache::reserve(const CacheShape& shape) {
  const bool fits =
      shape.prefix_rows <= shape_.prefix_rows && shape.slots <= shape_.slots && shape.max_own <= shape_.max_own;
  if (fits) return;
  shape_ = {std::max(shape.prefix_rows, shape_.prefix_rows), std::max(shape.slots, shape_.slots),
            std::max(shape.max_own, shape_.max_own)};
  layers_.clear();  // before the new ones, so that old and new never stand side by side
  for (int64_t i = 0; i < decoder_.layers; ++i) {
    layers_.push_back(make_decode_cache(shape_.prefix_rows, shape_.slots, shape_.max_own, decoder_.kv_heads,
                                        decoder_.head_dim(), device_));
  }
}

void KvCache::store_prefix(int64_t layer, const at::Tensor& k, const at::Tensor& v, int64_t from, int64_t length,
                           int64_t to) {
  layers_[layer].prefix_k.narrow(0, to, length).copy_(k.narrow(0, from, length));
  layers_[layer].prefix_v.narrow(0, to, length).copy_(v.narrow(0, from, length));
}

}  // namespace crescent
