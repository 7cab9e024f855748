#include "core/grpo/loss.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/clamp.h>
#include <ATen/ops/exp.h>
#include <ATen/ops/expm1.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/minimum.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/where.h>
#include <ATen/record_function.h>

#include <utility>

#include "core/base/error.hpp"
#include "core/grpo/kl.hpp"

namespace crescent {

void LossScale::add(const std::vector<int64_t>& lengths, const std::vector<uint8_t>& left_out) {
  for (size_t r = 0; r < lengths.size(); ++r) {
    if (!left_out.empty() && left_out[r]) continue;
    tokens += lengths[r];
    responses += 1;
  }
}

LossMetrics& LossMetrics::operator+=(const LossMetrics& other) {
  tokens += other.tokens;
  clip_low += other.clip_low;
  clip_high += other.clip_high;
  approx_kl += other.approx_kl;
  kl += other.kl;
  entropy += other.entropy;
  loss += other.loss;
  return *this;
}

namespace {

bool kl_in_loss(const GrpoConfig& config) { return config.kl.coefficient != 0 && config.kl.place == "loss"; }

void check(const LossInput& input, const GrpoConfig& config) {
  const size_t responses = input.lengths.size();
  int64_t tokens = 0;
  for (int64_t length : input.lengths) {
    if (length < 1) fail("a response of {} tokens in the loss; each has at least 1", length);
    tokens += length;
  }
  const auto expect = [&](const char* name, const at::Tensor& tensor) {
    if (tensor.dim() != 1 || tensor.size(0) != tokens) {
      fail("the loss needs {} of shape [{}], one for each response token; found {}", name, tokens,
           c10::str(tensor.sizes()));
    }
  };
  expect("logprobs", input.logprobs);
  expect("entropy", input.entropy);
  if (input.old_logprobs.defined()) expect("old_logprobs", input.old_logprobs);
  if (input.reference_logprobs.defined()) expect("reference_logprobs", input.reference_logprobs);
  if (input.advantages.size() != responses) fail("{} advantages for {} responses", input.advantages.size(), responses);
  if (!input.weights.empty() && input.weights.size() != responses) {
    fail("{} importance weights for {} responses", input.weights.size(), responses);
  }
  if (!input.left_out.empty() && input.left_out.size() != responses) {
    fail("{} marks of left-out responses for {} responses", input.left_out.size(), responses);
  }
  if (kl_in_loss(config) && !input.reference_logprobs.defined()) {
    fail("kl.coefficient = {} asks for a KL term in the loss, but there are no reference log-probabilities",
         config.kl.coefficient);
  }
  if (config.kl.place != "loss" && config.kl.place != "reward") {
    fail_usage({}, "grpo.kl.place = \"{}\"{}", config.kl.place, suggestion(config.kl.place, {"loss", "reward"}));
  }
}

// What a token of response r counts for in the sum that is the loss; 0 when the response is left out.
double token_share(const LossInput& input, size_t r, const LossScale& scale, const GrpoConfig& config) {
  if (!input.left_out.empty() && input.left_out[r]) return 0;
  const double weight = input.weights.empty() ? 1 : input.weights[r];
  const double responses = static_cast<double>(scale.responses);
  if (config.loss == "token") return weight / static_cast<double>(scale.tokens);
  if (config.loss == "sequence") return weight / (responses * static_cast<double>(input.lengths[r]));
  if (config.loss == "dr_grpo") return weight / (responses * static_cast<double>(config.max_response_tokens));
  fail_usage({}, "grpo.loss = \"{}\"{}", config.loss, suggestion(config.loss, {"token", "sequence", "dr_grpo"}));
}

// One number a response spread over its tokens: [M] like `logprobs`.
template <class Value>
at::Tensor per_token(const LossInput& input, Value value) {
  std::vector<double> spread;
  for (size_t r = 0; r < input.lengths.size(); ++r) spread.insert(spread.end(), input.lengths[r], value(r));
  const at::Tensor host = at::from_blob(spread.data(), {static_cast<int64_t>(spread.size())}, at::kDouble);
  return host.to(input.logprobs.options().requires_grad(false), /*non_blocking=*/false, /*copy=*/true);
}

// -min(A r, A clip(r)), and at most -A c where A < 0 and dual clipping is on. [M]
at::Tensor policy_loss(const at::Tensor& ratio, const at::Tensor& advantage, const GrpoConfig& config) {
  const at::Tensor clipped = ratio.clamp(1 - config.clip_low, 1 + config.clip_high);
  const at::Tensor loss = -at::minimum(advantage * ratio, advantage * clipped);
  if (config.dual_clip <= 0) return loss;
  return at::where(advantage < 0, at::minimum(loss, -advantage * config.dual_clip), loss);
}

// Sums over the counted tokens, brought to the host in one transfer.
LossMetrics measure(const LossInput& input, const at::Tensor& ratio, const at::Tensor& log_ratio,
                    const at::Tensor& advantage, const at::Tensor& counted, const at::Tensor& loss,
                    const GrpoConfig& config) {
  const at::Tensor r = ratio.detach(), log_r = log_ratio.detach().to(at::kDouble);
  std::vector<at::Tensor> sums;
  const auto add = [&](const at::Tensor& values) {  // where, not a product: what is left out may be anything
    sums.push_back(at::where(counted, values.detach().to(at::kDouble), 0.0).sum());
  };
  add((r < 1 - config.clip_low).logical_and(advantage < 0));
  add((r > 1 + config.clip_high).logical_and(advantage > 0));
  add(log_r.expm1() - log_r);
  add(input.entropy);
  sums.push_back(counted.to(at::kDouble).sum());
  sums.push_back(loss.detach().to(at::kDouble));
  if (input.reference_logprobs.defined()) {
    const at::Tensor d = (input.reference_logprobs.detach() - input.logprobs.detach()).to(at::kDouble);
    add(d.expm1() - d);
  }
  const at::Tensor host = at::stack(sums).cpu();
  const double* sum = host.const_data_ptr<double>();
  return {.tokens = sum[4],
          .clip_low = sum[0],
          .clip_high = sum[1],
          .approx_kl = sum[2],
          .kl = input.reference_logprobs.defined() ? sum[6] : 0,
          .entropy = sum[3],
          .loss = sum[5]};
}

}  // namespace

GrpoLoss grpo_loss(const LossInput& input, const LossScale& scale, const GrpoConfig& config) {
  RECORD_USER_SCOPE("loss");
  check(input, config);
  if (scale.tokens < 1 || scale.responses < 1) {
    fail("the loss of an optimizer batch without a counted response: leave the batch out");
  }
  const at::Tensor old = input.old_logprobs.defined() ? input.old_logprobs.detach() : input.logprobs.detach();
  const at::Tensor advantage = per_token(input, [&](size_t r) { return input.advantages[r]; });
  const at::Tensor share = per_token(input, [&](size_t r) { return token_share(input, r, scale, config); });
  const at::Tensor counted =
      per_token(input, [&](size_t r) { return input.left_out.empty() || !input.left_out[r] ? 1.0 : 0.0; }) != 0;

  const at::Tensor log_ratio = input.logprobs - old;
  const at::Tensor ratio = log_ratio.exp();
  at::Tensor token_loss = policy_loss(ratio, advantage, config);
  if (kl_in_loss(config)) {
    token_loss = token_loss + config.kl.coefficient * token_kl(input.logprobs, input.reference_logprobs, config.kl);
  }
  at::Tensor loss = (token_loss * share).sum();
  if (config.entropy_bonus != 0) {
    const at::Tensor bonus_share = per_token(input, [&](size_t r) {
      const bool left_out = !input.left_out.empty() && input.left_out[r];
      return left_out ? 0 : config.entropy_bonus * (input.weights.empty() ? 1 : input.weights[r]) / scale.tokens;
    });
    loss = loss - (input.entropy * bonus_share).sum();
  }
  LossMetrics metrics = measure(input, ratio, log_ratio, advantage, counted, loss, config);
  return {std::move(loss), metrics};
}

}  // namespace crescent
