#include "core/rollout/row_softmax.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/tensor/lanes.hpp"

namespace crescent {
namespace {

constexpr int64_t kWidth = kLanes<float>;
constexpr int64_t kBlock = 64;  // floats whose mass is summed before the draw looks at them one by one
constexpr float kLowest = std::numeric_limits<float>::lowest();
constexpr float kNever = -std::numeric_limits<float>::infinity();

float maximum(const float* logits, int64_t vocab) {
  const int64_t whole = vocab / kWidth * kWidth;
  Float8 best = broadcast(kNever);
  for (int64_t v = 0; v < whole; v += kWidth) best = max_lanes(load(logits + v), best);
  float result = best[0];
  for (int64_t i = 1; i < kWidth; ++i) result = best[i] > result ? best[i] : result;
  for (int64_t v = whole; v < vocab; ++v) result = logits[v] > result ? logits[v] : result;
  return result;
}

}  // namespace

int64_t padded_width(int64_t vocab) { return (vocab + kBlock - 1) / kBlock * kBlock; }

RowSoftmax::RowSoftmax(int64_t vocab, std::span<const float> allowed)
    : vocab_(vocab), allowed_(allowed), weights_(padded_width(vocab)), block_mass_(weights_.size() / kBlock) {}

void RowSoftmax::compute(const float* logits, double temperature) {
  logits_ = logits;
  inverse_temperature_ = static_cast<float>(1 / temperature);
  max_ = maximum(logits, vocab_);
  mass_ = allowed_mass_ = weighted_score_ = 0;
  float tail[kWidth];
  for (int64_t block = 0; block < static_cast<int64_t>(block_mass_.size()); ++block) {
    Float8 all{}, drawn{}, weighted{};
    for (int64_t v = block * kBlock; v < (block + 1) * kBlock; v += kWidth) {
      const bool whole = v + kWidth <= vocab_;
      for (int64_t i = 0; !whole && i < kWidth; ++i) tail[i] = v + i < vocab_ ? logits[v + i] : kNever;
      const Float8 score = (load(whole ? logits + v : tail) - max_) * inverse_temperature_;
      const Float8 weight = exp_lanes(score);
      const Float8 kept = weight * load(allowed_.data() + v);
      store(weights_.data() + v, kept);
      all += weight;
      weighted += weight * max_lanes(score, broadcast(kLowest));  // 0 times -infinity must be 0
      drawn += kept;
    }
    mass_ += sum_lanes(all);
    weighted_score_ += sum_lanes(weighted);
    block_mass_[block] = sum_lanes(drawn);
    allowed_mass_ += block_mass_[block];
  }
}

void RowSoftmax::keep_nucleus(double top_p) {
  std::vector<int32_t> heap;  // the likeliest at its top: no full sort
  for (int64_t v = 0; v < vocab_; ++v)
    if (weights_[v] != 0) heap.push_back(static_cast<int32_t>(v));
  const auto less_likely = [&](int32_t a, int32_t b) {
    return weights_[a] < weights_[b] || (weights_[a] == weights_[b] && a > b);
  };
  std::make_heap(heap.begin(), heap.end(), less_likely);
  auto end = heap.end();
  for (double kept = 0; end != heap.begin() && kept < top_p * allowed_mass_; --end) {
    std::pop_heap(heap.begin(), end, less_likely);
    kept += weights_[*(end - 1)];
  }
  for (auto left_out = heap.begin(); left_out != end; ++left_out) weights_[*left_out] = 0;
  allowed_mass_ = 0;
  for (size_t block = 0; block < block_mass_.size(); ++block) {
    block_mass_[block] = 0;
    for (int64_t i = 0; i < kBlock; ++i) block_mass_[block] += weights_[block * kBlock + i];
    allowed_mass_ += block_mass_[block];
  }
}

bool RowSoftmax::finite() const { return std::isfinite(max_) && std::isfinite(mass_); }

int32_t RowSoftmax::draw(double uniform) const {
  const double target = uniform * allowed_mass_;
  double below = 0;
  for (size_t block = 0; block < block_mass_.size(); ++block) {
    if (block_mass_[block] == 0) continue;
    if (below + block_mass_[block] <= target) {
      below += block_mass_[block];
      continue;
    }
    int32_t token = -1;
    for (int64_t v = static_cast<int64_t>(block) * kBlock; v < static_cast<int64_t>(block + 1) * kBlock; ++v) {
      if (weights_[v] == 0) continue;
      token = static_cast<int32_t>(v);
      below += weights_[v];
      if (below > target) return token;
    }
    return token;  // the block's sum was rounded up: its last token
  }
  for (int64_t v = vocab_; v-- > 0;) {  // the total was rounded up: the last token with any mass
    if (weights_[v] != 0) return static_cast<int32_t>(v);
  }
  return -1;  // not reached while allowed_mass() > 0
}

float RowSoftmax::logprob(int32_t token) const {
  return static_cast<float>(static_cast<double>(logits_[token] - max_) * inverse_temperature_ - std::log(mass_));
}

// H = -sum p log p with log p = score - log(mass).
double RowSoftmax::entropy() const { return std::log(mass_) - weighted_score_ / mass_; }

}  // namespace crescent
