// Walks the eligible prompts of each phase and view in a fresh random order each epoch, to the last one: a batch that
// reaches the end of an epoch goes on with the next. Its state is a position; orders are made again from their key.
//
// The next epoch's order is shuffled swap by swap while this one is walked, so that no draw has to make a whole order
// (a million prompts: 30 ms) but the first of a run.
#pragma once

#include <cstdint>
#include <map>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "core/abi/crescent_plugin.hpp"

namespace crescent::plugin {

// Tells two pools apart; 0 is none. Ascending indices without a gap, as in a data set that all has the view, are known
// by their two ends.
inline uint64_t fingerprint_of(Array<const uint64_t> pool) {
  constexpr uint64_t kPrime = 0x100000001b3u;  // FNV-1a over whole indices, in four lanes
  uint64_t lanes[4] = {0xcbf29ce484222325u ^ pool.size(), 1, 2, 3};
  const uint64_t n = pool.size();
  if (n > 0 && pool[n - 1] - pool[0] == n - 1) return ((lanes[0] * kPrime) ^ pool[0]) * kPrime | 1;
  for (uint64_t i = 0; i < n; ++i) lanes[i % 4] = (lanes[i % 4] ^ pool[i]) * kPrime;
  return (((lanes[0] * kPrime ^ lanes[1]) * kPrime ^ lanes[2]) * kPrime ^ lanes[3]) | 1;
}

class EpochOrder {
 public:
  explicit EpochOrder(Host host) : host_(host) {}

  void take(const SamplerContext& ctx, Array<uint64_t> out) {
    if (out.size() == 0) return;
    Walk& walk = walks_[{std::string(ctx.phase), ctx.view}];
    const uint64_t n = ctx.eligible.size();
    if (const uint64_t fingerprint = fingerprint_of(ctx.eligible); walk.fingerprint != fingerprint) {
      walk.fingerprint = fingerprint;  // first draw, or the pool has changed
      begin_epoch(ctx, walk, walk.epoch + 1);
    } else if (walk.order.empty()) {  // resumed
      const uint64_t position = walk.position;
      begin_epoch(ctx, walk, walk.epoch);
      while (walk.position < position) step(walk);
    }
    for (uint64_t& prompt : out) {
      if (walk.position == n) turn_epoch(ctx, walk);
      prompt = ctx.eligible[walk.order[walk.position]];
      step(walk);
    }
  }

  void save(Writer& writer) const {
    writer.put<uint64_t>(walks_.size());
    for (const auto& [key, walk] : walks_) {
      writer.put(std::string_view(key.first));
      writer.put(key.second);
      writer.put(walk.epoch);
      writer.put(walk.position);
      writer.put(walk.fingerprint);
    }
  }
  void load(Reader& reader) {
    walks_.clear();
    const uint64_t n = reader.get<uint64_t>();
    for (uint64_t i = 0; i < n; ++i) {
      std::string phase = reader.get_string();
      const int32_t view = reader.get<int32_t>();
      Walk& walk = walks_[{std::move(phase), view}];
      walk.epoch = reader.get<uint64_t>();
      walk.position = reader.get<uint64_t>();
      walk.fingerprint = reader.get<uint64_t>();
    }
  }

 private:
  struct Walk {
    uint64_t epoch = 0;     // counts from 1
    uint64_t position = 0;  // in this epoch's order
    uint64_t fingerprint = 0;
    std::vector<uint32_t> order, next;  // [n_eligible] places in `eligible`; empty: not made yet
    Random random{nullptr, 0};          // of `next`
  };

  // The swap of Fisher and Yates with which `left` entries are still open.
  static void swap_one(std::vector<uint32_t>& order, const Random& random, uint64_t left) {
    if (left > 1) std::swap(order[left - 1], order[random.below(left, left)]);
  }
  static void step(Walk& walk) {
    swap_one(walk.next, walk.random, walk.next.size() - walk.position);
    ++walk.position;
  }

  Random random_of(const SamplerContext& ctx, uint64_t epoch) const {
    return host_.random("epoch of " + std::string(ctx.phase), {static_cast<uint64_t>(ctx.view), epoch});
  }
  void open_next(const SamplerContext& ctx, Walk& walk) const {
    walk.position = 0;
    walk.next.resize(ctx.eligible.size());
    std::iota(walk.next.begin(), walk.next.end(), 0u);
    walk.random = random_of(ctx, walk.epoch + 1);
  }
  void begin_epoch(const SamplerContext& ctx, Walk& walk, uint64_t epoch) const {
    const uint64_t n = ctx.eligible.size();
    if (n > UINT32_MAX) throw std::runtime_error("a pool of " + std::to_string(n) + " prompts is over 2^32");
    walk.epoch = epoch;
    walk.order.resize(n);
    std::iota(walk.order.begin(), walk.order.end(), 0u);
    const Random random = random_of(ctx, epoch);
    for (uint64_t left = n; left > 1; --left) swap_one(walk.order, random, left);
    open_next(ctx, walk);
  }
  void turn_epoch(const SamplerContext& ctx, Walk& walk) const {
    walk.epoch += 1;
    walk.order.swap(walk.next);
    open_next(ctx, walk);
  }

  Host host_;
  std::map<std::pair<std::string, int32_t>, Walk> walks_;
};

}  // namespace crescent::plugin
