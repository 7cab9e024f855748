#include "core/grpo/kl.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/abs.h>
#include <ATen/ops/clamp.h>
#include <ATen/ops/exp.h>

#include <algorithm>
#include <cmath>

#include "core/base/error.hpp"

namespace crescent {
namespace {

[[noreturn]] void fail_unknown(const std::string& estimator) {
  fail_usage({}, "grpo.kl.estimator = \"{}\"{}", estimator, suggestion(estimator, {"k1", "abs", "k2", "k3"}));
}

at::Tensor estimate(const at::Tensor& d, const std::string& estimator) {
  if (estimator == "k1") return -d;
  if (estimator == "abs") return d.abs();
  if (estimator == "k2") return 0.5 * d * d;
  if (estimator == "k3") return d.exp() - d - 1;
  fail_unknown(estimator);
}

double estimate(double d, const std::string& estimator) {
  if (estimator == "k1") return -d;
  if (estimator == "abs") return std::abs(d);
  if (estimator == "k2") return 0.5 * d * d;
  if (estimator == "k3") return std::expm1(d) - d;
  fail_unknown(estimator);
}

}  // namespace

at::Tensor token_kl(const at::Tensor& logprobs, const at::Tensor& reference, const KlConfig& config) {
  at::Tensor d = reference - logprobs;
  if (config.clamp_difference > 0) d = d.clamp(-config.clamp_difference, config.clamp_difference);
  const at::Tensor kl = estimate(d, config.estimator);
  return config.clamp_value > 0 ? kl.clamp(-config.clamp_value, config.clamp_value) : kl;
}

double kl_penalty(std::span<const float> logprobs, std::span<const float> reference, const KlConfig& config) {
  if (logprobs.size() != reference.size()) {
    fail("{} log-probabilities of the policy and {} of the reference", logprobs.size(), reference.size());
  }
  double sum = 0;
  for (size_t i = 0; i < logprobs.size(); ++i) {
    double d = static_cast<double>(reference[i]) - logprobs[i];
    if (config.clamp_difference > 0) d = std::clamp(d, -config.clamp_difference, config.clamp_difference);
    const double kl = estimate(d, config.estimator);
    sum += config.clamp_value > 0 ? std::clamp(kl, -config.clamp_value, config.clamp_value) : kl;
  }
  return config.coefficient * sum;
}

}  // namespace crescent
