// The GRPO loss of a packed micro-batch and the metrics that go with it. DeepSeekMath 2402.03300 eq. 3, with the
// variants of TRL and EasyR1.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "core/experiment/run_config.hpp"

namespace crescent {

// R responses packed to M tokens, in the order of Targets.
struct LossInput {
  at::Tensor logprobs;             // [M] f32 (f64 in tests) of the policy, with gradient
  at::Tensor entropy;              // [M] exact entropy in nats; with gradient where entropy_bonus is not 0
  at::Tensor old_logprobs;         // [M] of the training forward before the first update; undefined: `logprobs` itself
  at::Tensor reference_logprobs;   // [M] undefined: none; needed where kl.coefficient is not 0 and kl.place is "loss"
  std::vector<int64_t> lengths;    // [R] sums to M, each at least 1
  std::vector<double> advantages;  // [R]
  std::vector<double> weights;     // [R] importance weight of the draw, on all terms; empty: 1
  std::vector<uint8_t> left_out;   // [R] 1: its tokens count nowhere; empty: none
};

// Of the whole optimizer batch, left-out responses not counted, so that micro-batches add up to the batch's loss.
struct LossScale {
  int64_t tokens = 0, responses = 0;
  void add(const std::vector<int64_t>& lengths, const std::vector<uint8_t>& left_out);  // empty left_out: none
};

// Sums over tokens, so that micro-batches add up; divide by `tokens` (or call mean()).
struct LossMetrics {
  double tokens = 0;
  double clip_low = 0;   // ratio < 1 - clip_low and advantage < 0, as TRL counts
  double clip_high = 0;  // ratio > 1 + clip_high and advantage > 0
  double clip_total() const { return clip_low + clip_high; }
  double approx_kl = 0;  // k3 of KL(old || current): (r - 1) - log r
  double kl = 0;         // k3 of KL(current || reference), never clamped; 0 without a reference
  double entropy = 0;
  double loss = 0;  // of the micro-batch as scaled: adds up to the batch's loss, not per token
  double mean(double sum) const { return tokens > 0 ? sum / tokens : 0; }
  LossMetrics& operator+=(const LossMetrics& other);
};

struct GrpoLoss {
  at::Tensor value;  // [] call backward() on it; micro-batches accumulate
  LossMetrics metrics;
};

// Per token -min(A r, A clip(r, 1 - clip_low, 1 + clip_high)), r = exp(logprob - old); with dual_clip c > 0, for A < 0
// at most -A c (1912.09729 eq. 5). Plus kl.coefficient * KL where kl.place is "loss". Aggregated as
//   token     sum / scale.tokens                                         (DAPO 2503.14476)
//   sequence  sum of per-response means / scale.responses                (GRPO)
//   dr_grpo   sum / (scale.responses * max_response_tokens)              (Dr. GRPO 2503.20783)
// The entropy bonus is entropy_bonus * mean token entropy in each case, as TRL has it. Throws Error on shapes that do
// not fit, a usage Error on an unknown aggregation.
GrpoLoss grpo_loss(const LossInput& input, const LossScale& scale, const GrpoConfig& config);

}  // namespace crescent
