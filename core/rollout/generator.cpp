#include "core/rollout/generator.hpp"

#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "core/base/error.hpp"
#include "core/rollout/kv_cache.hpp"
#include "core/rollout/rollout_call.hpp"
#include "core/rollout/sampler.hpp"

namespace crescent {

GenerationStats& GenerationStats::operator+=(const GenerationStats& other) {
  prompt_tokens += other.prompt_tokens;
  response_tokens += other.response_tokens;
  prefill_calls += other.prefill_calls;
  decode_steps += other.decode_steps;
  decoded_rows += other.decoded_rows;
  return *this;
}

namespace {

void check(const GeneratorOptions& options, const ModelConfig& config) {
  if (options.max_rows < 1) fail("max_rows = {}: at least one sequence must decode in a step", options.max_rows);
  if (options.max_prefix_tokens < 1) fail("max_prefix_tokens = {}: at least 1", options.max_prefix_tokens);
  if (options.max_prefill_tokens < 1) fail("max_prefill_tokens = {}: at least 1", options.max_prefill_tokens);
  if (config.end_token_ids.empty()) {
    fail("the model names no end token (eos_token_id of generation_config.json), so a response could never end");
  }
  for (int32_t token : config.end_token_ids) {
    if (std::count(options.banned_tokens.begin(), options.banned_tokens.end(), token) > 0) {
      fail("token {} ends a response and is banned from sampling as well; take it off the list of banned tokens",
           token);
    }
  }
}

void check(const SamplingOptions& sampling) {
  if (!(sampling.temperature > 0) || !std::isfinite(sampling.temperature)) {
    fail("temperature = {}: it must be above 0; greedy decoding has its own switch", sampling.temperature);
  }
  if (sampling.max_response_tokens < 1) {
    fail("max_response_tokens = {}: a response has at least 1 token", sampling.max_response_tokens);
  }
}

}  // namespace

struct Generator::Impl {
  VisionLanguageModel model;
  GeneratorOptions options;
  TokenSampler sampler;
  std::optional<KvCache> cache;  // made anew when the model has moved to another device
  std::optional<at::Device> cache_device;

  KvCache& cache_on(at::Device device) {
    if (!cache || cache_device != device) {
      cache.emplace(model.config().decoder, device);
      cache_device = device;
    }
    return *cache;
  }
};

Generator::Generator(VisionLanguageModel model, GeneratorOptions options) {
  check(options, model.config());
  TokenSampler sampler(model.config().decoder.vocab_size, options.banned_tokens);
  impl_ = std::make_unique<Impl>(Impl{std::move(model), std::move(options), std::move(sampler), {}, {}});
}

Generator::~Generator() = default;
Generator::Generator(Generator&&) noexcept = default;
Generator& Generator::operator=(Generator&&) noexcept = default;

GenerationStats Generator::generate(std::span<const GenerationRequest> requests, const SamplingOptions& sampling,
                                    const OnGroup& on_group) {
  check(sampling);
  const at::NoGradGuard no_gradients;
  const VisionLanguageModel model = impl_->model.for_decoding();  // no weight changes before the call ends
  RolloutCall call(model, impl_->options, impl_->sampler, impl_->cache_on(impl_->model.device()), requests, sampling);
  return call.run(on_group);
}

}  // namespace crescent
