// A pool and the weights of its prompts, kept up to date where something was observed. All of it follows from what the
// sampler knows of the prompts, so none of it is saved.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "plugins/samplers/draw_tree.hpp"
#include "plugins/samplers/epoch_order.hpp"

namespace crescent::plugin {

class WeightedPool {
 public:
  void changed(uint64_t prompt) { changed_.push_back(prompt); }

  // The weights over the places of ctx.eligible. entry_of: (prompt) -> PoolEntry; asked of what has changed, and of
  // everything where the pool is another one than before.
  template <class EntryOf>
  const DrawTree& tree(const SamplerContext& ctx, EntryOf entry_of) {
    const auto entry_at = [&](uint64_t place) { return entry_of(ctx.eligible[place]); };
    const uint64_t n = ctx.eligible.size(), fingerprint = fingerprint_of(ctx.eligible);
    if (fingerprint_ != fingerprint || changed_.size() > n / DrawTree::kBlock) {  // as after a refresh: all at once
      tree_.build(n, entry_at);
      fingerprint_ = fingerprint;
    } else {
      for (const uint64_t prompt : changed_)
        if (const uint64_t place = place_of(ctx, prompt); place < n) tree_.update(place, entry_at);
    }
    changed_.clear();
    return tree_;
  }

  // Its place in the pool, or the pool's size when it is not eligible.
  static uint64_t place_of(const SamplerContext& ctx, uint64_t prompt) {
    const auto at = std::lower_bound(ctx.eligible.begin(), ctx.eligible.end(), prompt);
    return at != ctx.eligible.end() && *at == prompt ? static_cast<uint64_t>(at - ctx.eligible.begin())
                                                     : ctx.eligible.size();
  }

 private:
  uint64_t fingerprint_ = 0;
  DrawTree tree_;
  std::vector<uint64_t> changed_;  // prompts observed since the last draw
};

}  // namespace crescent::plugin
