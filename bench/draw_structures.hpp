// The two usual structures for draws in proportion to weights, to hold the sampler's own against.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace crescent {

// Walker's alias table (Vose 1991): a draw is one look-up, any changed weight means building it anew.
class AliasTable {
 public:
  explicit AliasTable(const std::vector<double>& weights) : share_(weights.size()), other_(weights.size()) {
    double total = 0;
    for (const double w : weights) total += w;
    std::vector<uint32_t> small, large;
    for (uint32_t i = 0; i < weights.size(); ++i) {
      share_[i] = weights[i] / total * static_cast<double>(weights.size());
      (share_[i] < 1 ? small : large).push_back(i);
    }
    while (!small.empty() && !large.empty()) {
      const uint32_t s = small.back(), l = large.back();
      small.pop_back();
      other_[s] = l;
      share_[l] -= 1 - share_[s];
      if (share_[l] < 1) large.pop_back(), small.push_back(l);
    }
    for (const uint32_t i : small) share_[i] = 1;
    for (const uint32_t i : large) share_[i] = 1;
  }
  uint64_t draw(double u) const {  // u in [0, 1)
    const double at = u * static_cast<double>(share_.size());
    const auto i = static_cast<uint64_t>(at);
    return at - static_cast<double>(i) < share_[i] ? i : other_[i];
  }

 private:
  std::vector<double> share_;
  std::vector<uint32_t> other_;
};

// Fenwick's tree of partial sums (1994): a changed weight adds its difference to log n sums.
class FenwickTree {
 public:
  explicit FenwickTree(const std::vector<double>& weights) : sums_(weights.size() + 1) {
    for (size_t i = 1; i < sums_.size(); ++i) {
      sums_[i] += weights[i - 1];
      if (const size_t up = i + (i & -i); up < sums_.size()) sums_[up] += sums_[i];
    }
    while (2 * top_ < sums_.size()) top_ *= 2;
  }
  void add(uint64_t place, double difference) {
    for (size_t i = place + 1; i < sums_.size(); i += i & -i) sums_[i] += difference;
  }
  uint64_t find(double target) const {
    size_t at = 0;
    for (size_t step = top_; step > 0; step /= 2)
      if (at + step < sums_.size() && sums_[at + step] <= target) target -= sums_[at += step];
    return at < sums_.size() - 1 ? at : at - 1;
  }
  double total() const {
    double sum = 0;
    for (size_t i = sums_.size() - 1; i > 0; i -= i & -i) sum += sums_[i];
    return sum;
  }

 private:
  std::vector<double> sums_;
  size_t top_ = 1;
};

}  // namespace crescent
