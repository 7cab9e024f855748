// The prompts of a pool that were not seen for longest, without a look at the whole pool each time. An observation
// gives its prompt a mark above all earlier ones; so a list sorted once holds, among the prompts not seen since, the
// stalest in order, and those seen since are staler than none of them. It is sorted again when all of it was seen
// since. What it gives follows from the marks alone, so none of it is saved.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "plugins/samplers/epoch_order.hpp"
#include "plugins/samplers/score_table.hpp"

namespace crescent::plugin {

class StalestFirst {
 public:
  // Up to `most` of them: by mark, equals in the order of the pool.
  std::vector<uint64_t> first(const SamplerContext& ctx, const ViewScores& view, uint64_t most) {
    const uint64_t fingerprint = fingerprint_of(ctx.eligible);
    if (fingerprint != fingerprint_) sort(ctx, view);
    fingerprint_ = fingerprint;
    std::vector<uint64_t> found = unseen_since(view, most);
    if (found.size() >= std::min<uint64_t>(most, ctx.eligible.size())) return found;
    sort(ctx, view);
    return unseen_since(view, most);
  }

 private:
  void sort(const SamplerContext& ctx, const ViewScores& view) {
    order_.clear();
    for (const uint64_t prompt : ctx.eligible) order_.emplace_back(view.mark(prompt), prompt);
    std::sort(order_.begin(), order_.end());
    begin_ = 0;
  }
  std::vector<uint64_t> unseen_since(const ViewScores& view, uint64_t most) {
    std::vector<uint64_t> found;
    const auto seen = [&](uint64_t at) { return view.mark(order_[at].second) != order_[at].first; };
    while (begin_ < order_.size() && seen(begin_)) ++begin_;
    for (uint64_t at = begin_; at < order_.size() && found.size() < most; ++at)
      if (!seen(at)) found.push_back(order_[at].second);
    return found;
  }

  uint64_t fingerprint_ = 0;
  uint64_t begin_ = 0;                                // all before it was seen since
  std::vector<std::pair<uint32_t, uint64_t>> order_;  // mark when it was sorted, prompt
};

}  // namespace crescent::plugin
