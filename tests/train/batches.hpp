// Scored batches made by hand, for the tests of what learns from them.
#pragma once

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/norm.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <string>
#include <vector>

#include "core/base/error.hpp"
#include "core/optim/adamw.hpp"
#include "core/tensor/device.hpp"
#include "core/train/policy_update.hpp"
#include "tests/rollout/prompts.hpp"

namespace crescent {

// Models this small gain nothing from more threads, and lose much where the machine is busy with other work.
inline const bool kOneThread = (set_compute_threads(1), true);

struct BatchShape {
  int64_t groups = 6, group = 4, max_tokens = 6;
};

// Responses of random text tokens to prompts of words, every other one with a picture. Rewards are 0 and 1 by the draw
// of a coin, so that most groups carry signal; callers overwrite what they test.
inline Collected make_batch(const ModelConfig& config, const BatchShape& shape, uint64_t seed) {
  RandomStream random(RandomKey(seed, "batch"));
  Collected batch;
  for (int64_t g = 0; g < shape.groups; ++g) {
    const uint64_t prompt_seed = seed * 100 + static_cast<uint64_t>(g);
    batch.prompts.push_back(g % 2 == 0 ? text_prompt(5 + g, config, prompt_seed)
                                       : picture_prompt(2, 2, 4 + g, config, prompt_seed));
    ScoredGroup scored;
    scored.group.draw.prompt_index = static_cast<uint64_t>(g);
    for (int64_t i = 0; i < shape.group; ++i) {
      Rollout rollout;
      for (int64_t t = random.integer(1, shape.max_tokens); t > 0; --t) {
        rollout.tokens.push_back(static_cast<int32_t>(random.below(256)));
        rollout.logprobs.push_back(-5.0f);
      }
      scored.group.rollouts.push_back(std::move(rollout));
      scored.reward.push_back(static_cast<double>((i + random.below(2)) % 2));
    }
    batch.groups.push_back(std::move(scored));
  }
  return batch;
}

// eps = 1 keeps Adam's update in proportion to the gradient: with a small eps its first step is the gradient's sign,
// which would blow rounding errors of gradients near 0 up to whole steps.
inline GrpoConfig proportional_config() {
  GrpoConfig config;
  config.adamw.eps = 1;
  config.adamw.max_grad_norm = 0;
  return config;
}

// A policy with all that learns.
struct Learner {
  GrpoConfig config;
  VisionLanguageModel model;
  Reference reference;
  AdamW optimizer;
  PolicyUpdate policy;

  Learner(const GrpoConfig& c, const ModelConfig& shapes, uint64_t seed = 1, Reference r = std::nullopt)
      : config(c),
        model(VisionLanguageModel::random(shapes, seed)),
        reference(std::move(r)),
        optimizer(model.parameters(), config.adamw),
        policy(config, 7, model, reference, optimizer) {
    model.set_requires_grad(true);
  }
  Learner(const Learner&) = delete;

  NamedValues learn(const Collected& batch, double rate = 1, int64_t step = 1) {
    const BatchLogprobs known = policy.measure(batch);
    return policy.update(batch, policy.advantages(batch, known), known, rate, step);
  }
  std::vector<GroupAdvantages> advantages(const Collected& batch) const {
    return policy.advantages(batch, policy.measure(batch));
  }
};

// L2 over all parameters of two models together.
inline double distance(const VisionLanguageModel& a, const VisionLanguageModel& b) {
  const at::NoGradGuard no_gradients;
  const NamedTensors left = a.parameters(), right = b.parameters();
  double squares = 0;
  for (size_t i = 0; i < left.size(); ++i) {
    const double norm = (left[i].second.to(at::kDouble) - right[i].second.to(at::kDouble)).norm().item<double>();
    squares += norm * norm;
  }
  return std::sqrt(squares);
}

// Bit by bit: NaN equals itself.
inline bool identical(const VisionLanguageModel& a, const VisionLanguageModel& b) {
  const NamedTensors left = a.parameters(), right = b.parameters();
  for (size_t i = 0; i < left.size(); ++i) {
    const at::Tensor &l = left[i].second, &r = right[i].second;
    if (!std::equal(l.const_data_ptr<float>(), l.const_data_ptr<float>() + l.numel(), r.const_data_ptr<float>(),
                    [](float x, float y) { return std::bit_cast<uint32_t>(x) == std::bit_cast<uint32_t>(y); }))
      return false;
  }
  return true;
}

template <class F>
std::string error_of(F call) {
  try {
    call();
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

}  // namespace crescent
