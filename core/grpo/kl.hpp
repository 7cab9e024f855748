// Estimators of KL(policy || reference) from the log-probabilities of sampled tokens.
// Schulman, "Approximating KL divergence", 2020; the clamps are EasyR1's.
#pragma once

#include <ATen/core/Tensor.h>

#include <span>

#include "core/experiment/run_config.hpp"

namespace crescent {

// Per token, of d = reference - logprobs (clamped to +-clamp_difference where that is not 0):
//   k1 -d | abs |d| | k2 d^2 / 2 | k3 exp(d) - d - 1, the value then clamped to +-clamp_value where that is not 0.
// [M], with the gradient of `logprobs`. Throws a usage Error on another estimator.
at::Tensor token_kl(const at::Tensor& logprobs, const at::Tensor& reference, const KlConfig& config);

// For `place = "reward"`: what one response's reward loses, coefficient times the sum over its tokens (as EasyR1). The
// caller takes it off the reward before the advantages.
double kl_penalty(std::span<const float> logprobs, std::span<const float> reference, const KlConfig& config);

}  // namespace crescent
