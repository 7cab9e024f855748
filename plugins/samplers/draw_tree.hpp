// The weights of a pool as sums over blocks of 64 places and over pairs of blocks, pairs of pairs, ...: a draw walks
// down from the top, a changed weight changes one block and what is above it. Every sum is made anew from its parts and
// never by a difference, so the tree depends on the weights alone and not on how they came about: nothing drifts, and a
// resumed run has the same one to the bit. (bench/million_prompts compares it with an alias table and a Fenwick tree.)
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace crescent::plugin {

// Of a stretch of the pool. Prompts that were never seen share one weight, which changes with every step where
// diversity counts; so they are counted here and not summed.
struct PoolSums {
  double weight = 0, squares = 0;  // of the prompts that were seen
  uint32_t unseen = 0;             // how many prompts were not
  uint32_t never = 0, always = 0;  // of those seen: with no pass, with no fail

  double mass(double unseen_weight) const { return weight + unseen * unseen_weight; }
  friend PoolSums operator+(const PoolSums& a, const PoolSums& b) {
    return {a.weight + b.weight, a.squares + b.squares, a.unseen + b.unseen, a.never + b.never, a.always + b.always};
  }
};

// One prompt.
struct PoolEntry {
  double weight = 0;  // where it was seen
  bool seen = false, never = false, always = false;
};

class DrawTree {
 public:
  static constexpr uint64_t kBlock = 64;

  uint64_t size() const { return size_; }
  PoolSums total() const { return size_ == 0 ? PoolSums() : nodes_[1]; }
  double weight(uint64_t place, double unseen_weight) const {
    return weights_[place] < 0 ? unseen_weight : weights_[place];
  }

  template <class EntryAt>  // (place) -> PoolEntry, for every place of a block where anything has changed
  void build(uint64_t size, EntryAt entry_at) {
    size_ = size;
    weights_.resize(size);
    const uint64_t blocks = (size + kBlock - 1) / kBlock;
    for (width_ = 1; width_ < blocks; width_ *= 2) {
    }
    nodes_.assign(2 * width_, PoolSums());
    for (uint64_t b = 0; b < blocks; ++b) sum_block(b, entry_at);
    for (uint64_t node = width_ - 1; node > 0; --node) nodes_[node] = nodes_[2 * node] + nodes_[2 * node + 1];
  }

  template <class EntryAt>
  void update(uint64_t place, EntryAt entry_at) {
    sum_block(place / kBlock, entry_at);
    for (uint64_t node = (width_ + place / kBlock) / 2; node > 0; node /= 2)
      nodes_[node] = nodes_[2 * node] + nodes_[2 * node + 1];
  }

  // The place where the running sum of the weights, in the order of places, passes `target`, from 0 up to the total.
  uint64_t find(double target, double unseen_weight) const {
    uint64_t node = 1;
    while (node < width_) {
      const double left = nodes_[2 * node].mass(unseen_weight);
      node *= 2;
      if (target < left || nodes_[node + 1].mass(unseen_weight) <= 0) continue;  // rounding leads to no empty branch
      target -= left;
      node += 1;
    }
    uint64_t found = size_;
    const uint64_t begin = (node - width_) * kBlock;
    for (uint64_t place = begin; place < std::min(begin + kBlock, size_); ++place) {
      const double w = weight(place, unseen_weight);
      if (w <= 0) continue;
      found = place;
      if (target < w) break;
      target -= w;
    }
    return found;
  }

 private:
  template <class EntryAt>
  void sum_block(uint64_t block, EntryAt entry_at) {
    PoolSums sums;
    for (uint64_t place = block * kBlock; place < std::min((block + 1) * kBlock, size_); ++place) {
      const PoolEntry entry = entry_at(place);
      weights_[place] = entry.seen ? entry.weight : -1;
      sums.unseen += !entry.seen;
      if (!entry.seen) continue;
      sums.weight += entry.weight;
      sums.squares += entry.weight * entry.weight;
      sums.never += entry.never;
      sums.always += entry.always;
    }
    nodes_[width_ + block] = sums;
  }

  uint64_t size_ = 0, width_ = 1;  // width_: blocks, up to a power of two
  std::vector<double> weights_;    // [size_] -1: not seen
  std::vector<PoolSums> nodes_;    // [2 width_] 1 is the top, the children of i are 2i and 2i + 1; 0 is not used
};

}  // namespace crescent::plugin
