// softmax of one row of logits, kept as unnormalised weights that one token can be drawn from. Sums have
// a fixed order, so the result does not depend on the number of threads.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace crescent {

// Floats a row of `vocab` takes when rounded up to whole blocks.
int64_t padded_width(int64_t vocab);

class RowSoftmax {
 public:
  // allowed [padded_width(vocab)] of 0 and 1, 0 beyond vocab; borrowed.
  RowSoftmax(int64_t vocab, std::span<const float> allowed);

  void compute(const float* logits, double temperature);  // [vocab]; kept until the next call
  // Of what may be drawn, keeps the fewest likeliest tokens that hold at least top_p of allowed_mass(), lower ids first
  // among equals (nucleus sampling, Holtzman et al., 1904.09751); logprob() and entropy() stay those of the full softmax.
  void keep_nucleus(double top_p);
  bool finite() const;                                    // no logit was NaN or +infinity
  double allowed_mass() const { return allowed_mass_; }   // unnormalised; of the tokens that may be drawn
  // The first allowed token whose cumulative mass is above uniform * allowed_mass(), which must not be 0.
  int32_t draw(double uniform) const;
  float logprob(int32_t token) const;  // of the full softmax, banned tokens included
  double entropy() const;              // likewise, in nats

 private:
  int64_t vocab_;
  std::span<const float> allowed_;
  const float* logits_ = nullptr;
  float max_ = 0, inverse_temperature_ = 1;
  double mass_ = 0, allowed_mass_ = 0;
  double weighted_score_ = 0;  // sum of exp(score) * score, score = (logit - max) / temperature
  std::vector<float> weights_;      // [padded] exp((logit - max) / temperature), 0 where banned
  std::vector<double> block_mass_;  // [padded / block] sums of weights_
};

}  // namespace crescent
