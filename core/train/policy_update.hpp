// One batch of scored groups to optimizer updates: log-probabilities, advantages, minibatches, micro-batches.
#pragma once

#include <ATen/core/Tensor.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/task.hpp"
#include "core/experiment/run_config.hpp"
#include "core/flow/metrics.hpp"
#include "core/grpo/advantage.hpp"
#include "core/grpo/loss.hpp"
#include "core/model/model.hpp"
#include "core/optim/adamw.hpp"
#include "core/train/collector.hpp"
#include "core/train/skipped_updates.hpp"

namespace crescent {

// A frozen policy that KL is measured to.
using Reference = std::optional<VisionLanguageModel>;

// Log-probabilities of a batch's responses by the training forward, before its updates: per group, [its tokens] f32.
// Empty where no part of the step asks for them.
struct BatchLogprobs {
  std::vector<at::Tensor> policy, reference;
};

class PolicyUpdate {  // [main-thread]
 public:
  // `config` is read anew for each batch: it may change between two of them.
  PolicyUpdate(const GrpoConfig& config, uint64_t seed, VisionLanguageModel model, const Reference& reference,
               AdamW& optimizer);

  // The three calls of a batch, in this order.
  BatchLogprobs measure(const Collected& batch) const;
  // With kl.place = "reward" the rewards lose their KL first.
  std::vector<GroupAdvantages> advantages(const Collected& batch, const BatchLogprobs& known) const;
  // Runs all updates. Returns grad_norm, clip_fraction[/low|/high], approx_kl, kl and rollout_mismatch. Throws Error
  // after several updates in a row that are not finite; none of them has changed a weight.
  NamedValues update(const Collected& batch, const std::vector<GroupAdvantages>& advantages, const BatchLogprobs& known,
                     double learning_rate, int64_t step, const OnProgress& on_progress = {});

  SkippedUpdates& skipped() { return skipped_; }

 private:
  using Groups = std::vector<size_t>;  // indices into the batch
  bool measures_kl() const { return reference_.has_value() && config_.kl.coefficient != 0; }
  bool kl_in_reward() const { return config_.kl.coefficient != 0 && config_.kl.place == "reward"; }
  bool several_updates(const Collected& batch) const;
  std::vector<Groups> micro_batches(const Collected& batch, const Groups& groups) const;
  std::vector<Groups> minibatches(const Groups& all, int64_t epoch, int64_t step) const;
  std::vector<at::Tensor> logprobs_of(const VisionLanguageModel& model, const Collected& batch) const;
  bool contributes(const GroupAdvantages& advantages) const;
  LossMetrics accumulate(const Collected& batch, const std::vector<GroupAdvantages>& advantages,
                         const BatchLogprobs& known, const Groups& groups, const LossScale& scale, Task& progress);

  const GrpoConfig& config_;
  uint64_t seed_;
  VisionLanguageModel model_;
  const Reference& reference_;
  AdamW& optimizer_;
  SkippedUpdates skipped_;
};

}  // namespace crescent
