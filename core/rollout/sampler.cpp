#include "core/rollout/sampler.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/argsort.h>
#include <ATen/ops/cumsum.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/minimum.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include <algorithm>
#include <atomic>
#include <cmath>

#include "core/base/error.hpp"
#include "core/rollout/row_softmax.hpp"
#include "core/tensor/parallel.hpp"

namespace crescent {
namespace {

void check(const at::Tensor& logits, size_t vocab, std::span<const int64_t> rows, double temperature) {
  if (logits.dim() != 2 || logits.size(1) != static_cast<int64_t>(vocab) || logits.scalar_type() != at::kFloat) {
    fail("logits must be f32 [rows, {}]; found {} with {} dimensions", vocab, c10::toString(logits.scalar_type()),
         logits.dim());
  }
  if (!(temperature > 0) || !std::isfinite(temperature)) {
    fail("temperature = {}: it divides the logits and must be above 0; ask for greedy decoding by name", temperature);
  }
  for (int64_t row : rows) {
    if (row < 0 || row >= logits.size(0)) fail("logit row {} of {}", row, logits.size(0));
  }
}

[[noreturn]] void fail_not_finite() {
  fail(
      "the logits of the policy are not finite: its weights have diverged; lower the learning rate or max_grad_norm, "
      "and resume from an earlier checkpoint");
}

[[noreturn]] void fail_all_banned() {
  fail(
      "a token has to be drawn, but all probability lies on banned tokens: the model's weights or its list of special "
      "tokens are wrong");
}

}  // namespace

TokenSampler::TokenSampler(int64_t vocab_size, std::span<const int32_t> banned)
    : vocab_(vocab_size), allowed_(padded_width(vocab_size), 0.f) {
  std::fill_n(allowed_.begin(), vocab_size, 1.f);
  for (int32_t token : banned) {
    if (token < 0 || token >= vocab_size) fail("banned token {} is outside the vocabulary of {}", token, vocab_size);
    allowed_[token] = 0;
  }
  if (std::count(allowed_.begin(), allowed_.end(), 1.f) == 0)
    fail("all {} tokens are banned from sampling", vocab_size);
}

void TokenSampler::sample(const at::Tensor& logits, std::span<const int64_t> rows, std::span<const double> uniforms,
                          double temperature, Draws& draws, double top_p) const {
  if (!logits.is_cpu()) return sample_aten(logits, rows, uniforms, temperature, draws, top_p);
  check(logits, vocab_, rows, temperature);
  const at::Tensor dense = logits.contiguous();
  const float* base = dense.const_data_ptr<float>();
  draws.tokens.resize(rows.size());
  draws.logprobs.resize(rows.size());
  draws.entropies.resize(rows.size());
  std::atomic<bool> not_finite = false, all_banned = false;
  parallel_for(0, static_cast<int64_t>(rows.size()), 16, [&](int64_t begin, int64_t end) {
    RowSoftmax softmax(vocab_, allowed_);
    for (int64_t i = begin; i < end; ++i) {
      softmax.compute(base + rows[i] * vocab_, temperature);
      if (!softmax.finite()) {
        not_finite = true;
      } else if (softmax.allowed_mass() <= 0) {
        all_banned = true;
      } else {
        if (top_p < 1) softmax.keep_nucleus(top_p);
        draws.tokens[i] = softmax.draw(uniforms[i]);
        draws.logprobs[i] = softmax.logprob(draws.tokens[i]);
        draws.entropies[i] = softmax.entropy();
      }
    }
  });
  if (not_finite) fail_not_finite();
  if (all_banned) fail_all_banned();
}

void TokenSampler::greedy(const at::Tensor& logits, std::span<const int64_t> rows, double temperature,
                          Draws& draws) const {
  if (!logits.is_cpu()) return greedy_aten(logits, rows, temperature, draws);
  check(logits, vocab_, rows, temperature);
  const at::Tensor dense = logits.contiguous();
  const float* base = dense.const_data_ptr<float>();
  draws.tokens.resize(rows.size());
  draws.logprobs.resize(rows.size());
  draws.entropies.resize(rows.size());
  std::atomic<bool> not_finite = false;
  parallel_for(0, static_cast<int64_t>(rows.size()), 16, [&](int64_t begin, int64_t end) {
    RowSoftmax softmax(vocab_, allowed_);
    for (int64_t i = begin; i < end; ++i) {
      const float* row = base + rows[i] * vocab_;
      softmax.compute(row, temperature);
      if (!softmax.finite()) {
        not_finite = true;
        continue;
      }
      int32_t best = -1;
      for (int32_t v = 0; v < vocab_; ++v) {
        if (allowed_[v] != 0 && (best < 0 || row[v] > row[best])) best = v;
      }
      draws.tokens[i] = best;
      draws.logprobs[i] = softmax.logprob(best);
      draws.entropies[i] = softmax.entropy();
    }
  });
  if (not_finite) fail_not_finite();
}

namespace {

struct DeviceRows {
  at::Tensor logprobs;  // [B, V] f32
  at::Tensor allowed;   // [V] f32
};

DeviceRows on_device(const at::Tensor& logits, std::span<const int64_t> rows, const std::vector<float>& allowed,
                     double temperature) {
  const auto longs = at::TensorOptions().dtype(at::kLong);
  const at::Tensor index =
      at::from_blob(const_cast<int64_t*>(rows.data()), {static_cast<int64_t>(rows.size())}, longs).to(logits.device());
  const at::Tensor mask = at::from_blob(const_cast<float*>(allowed.data()), {logits.size(1)}, at::kFloat);
  return {at::log_softmax(logits.index_select(0, index) / temperature, -1), mask.to(logits.device())};
}

// Tokens [B] i64 and their log-probabilities, brought to the host.
void take(const DeviceRows& rows, const at::Tensor& tokens, TokenSampler::Draws& draws) {
  const at::Tensor logprobs = rows.logprobs.gather(1, tokens.unsqueeze(1)).squeeze(1).cpu();
  const at::Tensor ids = tokens.cpu();
  const int64_t count = ids.size(0);
  draws.tokens.assign(ids.const_data_ptr<int64_t>(), ids.const_data_ptr<int64_t>() + count);
  draws.logprobs.assign(logprobs.const_data_ptr<float>(), logprobs.const_data_ptr<float>() + count);
  const at::Tensor terms = (rows.logprobs.exp() * rows.logprobs).nan_to_num(0);  // p log p; 0 where p is 0
  const at::Tensor entropies = terms.sum(-1).neg().to(at::kDouble).cpu();
  draws.entropies.assign(entropies.const_data_ptr<double>(), entropies.const_data_ptr<double>() + count);
  for (float logprob : draws.logprobs) {
    if (!std::isfinite(logprob)) fail_not_finite();
  }
}

// The weights of the likeliest tokens that hold top_p of the mass, lower ids first among equals; 0 for the others.
at::Tensor nucleus(const at::Tensor& weights, double top_p) {
  const at::Tensor order = weights.argsort(/*stable=*/true, /*dim=*/-1, /*descending=*/true);
  const at::Tensor sorted = weights.gather(-1, order);
  const at::Tensor before = sorted.cumsum(-1) - sorted;
  const at::Tensor kept = sorted * (before < top_p * sorted.sum(-1, /*keepdim=*/true));
  return at::zeros_like(weights).scatter_(-1, order, kept);
}

}  // namespace

void TokenSampler::sample_aten(const at::Tensor& logits, std::span<const int64_t> rows,
                               std::span<const double> uniforms, double temperature, Draws& draws, double top_p) const {
  check(logits, vocab_, rows, temperature);
  const DeviceRows picked = on_device(logits, rows, allowed_, temperature);
  at::Tensor weights = (picked.logprobs.exp() * picked.allowed).to(at::kDouble);  // [B, V]
  if (top_p < 1) weights = nucleus(weights, top_p);
  const at::Tensor cumulative = weights.cumsum(-1);             // [B, V]
  const at::Tensor mass = cumulative.narrow(1, vocab_ - 1, 1);  // [B, 1]
  if (!mass.isfinite().all().item<bool>()) fail_not_finite();
  if (!(mass > 0).all().item<bool>()) fail_all_banned();
  const at::Tensor uniform =
      at::from_blob(const_cast<double*>(uniforms.data()), {static_cast<int64_t>(rows.size()), 1}, at::kDouble)
          .to(logits.device());
  // The first token whose cumulative mass is above the target, and where rounding leaves none, the last with any mass.
  const at::Tensor token = (cumulative <= uniform * mass).sum(-1);
  take(picked, at::minimum(token, (cumulative < mass).sum(-1)), draws);
}

void TokenSampler::greedy_aten(const at::Tensor& logits, std::span<const int64_t> rows, double temperature,
                               Draws& draws) const {
  check(logits, vocab_, rows, temperature);
  const DeviceRows picked = on_device(logits, rows, allowed_, temperature);
  if (!picked.logprobs.isfinite().all().item<bool>()) fail_not_finite();
  const at::Tensor allowed = picked.logprobs.masked_fill(picked.allowed == 0, -INFINITY);
  const at::Tensor best = std::get<0>(allowed.max(-1, /*keepdim=*/true));
  // argmax leaves open which of equals it returns: the first position that reaches the maximum is its lowest id.
  take(picked, (allowed == best).to(at::kInt).cumsum(-1).eq(0).sum(-1), draws);
}

}  // namespace crescent
