// Walks the eligible prompts of each phase and view in a fresh random order each epoch, to the last one: a batch that
// reaches the end of an epoch goes on with the next. Its state is a position; orders are made again from their key.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/abi/crescent_plugin.hpp"

namespace crescent::plugin {

class EpochOrder {
 public:
  explicit EpochOrder(Host host) : host_(host) {}

  void take(const SamplerContext& ctx, Array<uint64_t> out) {
    Walk& walk = walks_[{std::string(ctx.phase), ctx.view}];
    const uint64_t fingerprint = fingerprint_of(ctx.eligible);
    if (walk.fingerprint != fingerprint) start_epoch(walk, fingerprint);  // first draw, or the pool has changed
    for (uint64_t& prompt : out) {
      if (walk.position >= ctx.eligible.size()) start_epoch(walk, fingerprint);
      if (walk.order.empty()) walk.order = permutation(ctx, walk.epoch);
      prompt = walk.order[walk.position++];
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
    std::vector<uint64_t> order;  // empty: not made yet
  };

  static void start_epoch(Walk& walk, uint64_t fingerprint) {
    walk.epoch += 1;
    walk.position = 0;
    walk.fingerprint = fingerprint;
    walk.order.clear();
  }

  static uint64_t fingerprint_of(Array<const uint64_t> eligible) {  // FNV-1a over whole indices; never 0 in practice
    uint64_t hash = 0xcbf29ce484222325u ^ eligible.size();
    for (const uint64_t index : eligible) hash = (hash ^ index) * 0x100000001b3u;
    return hash;
  }

  std::vector<uint64_t> permutation(const SamplerContext& ctx, uint64_t epoch) const {
    const Random random = host_.random("epoch of " + std::string(ctx.phase), {static_cast<uint64_t>(ctx.view), epoch});
    std::vector<uint64_t> order(ctx.eligible.begin(), ctx.eligible.end());
    for (uint64_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random.below(i, i)]);  // Fisher-Yates
    return order;
  }

  Host host_;
  std::map<std::pair<std::string, int32_t>, Walk> walks_;
};

}  // namespace crescent::plugin
