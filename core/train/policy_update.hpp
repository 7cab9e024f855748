// One batch of scored groups to optimizer updates: advantages, old log-probabilities, minibatches, micro-batches.
#pragma once

#include <ATen/core/Tensor.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/experiment/run_config.hpp"
#include "core/flow/metrics.hpp"
#include "core/grpo/advantage.hpp"
#include "core/grpo/loss.hpp"
#include "core/model/model.hpp"
#include "core/optim/adamw.hpp"
#include "core/train/collector.hpp"

namespace crescent {

// A frozen policy that KL is measured to.
using Reference = std::optional<VisionLanguageModel>;

class PolicyUpdate {  // [main-thread]
 public:
  PolicyUpdate(const GrpoConfig& config, uint64_t seed, VisionLanguageModel model, const Reference& reference,
               AdamW& optimizer);

  // Advantages of the batch; with kl.place = "reward" the rewards lose their KL first.
  std::vector<GroupAdvantages> advantages(const Collected& batch);
  // Runs all updates of the batch. Returns grad_norm, clip_fraction[/low|/high], approx_kl, kl and mismatch.
  NamedValues update(const Collected& batch, const std::vector<GroupAdvantages>& advantages, double learning_rate,
                     int64_t step);

  int64_t skipped_updates() const { return skipped_; }  // not finite, in the whole run
  int64_t skipped_in_a_row() const { return skipped_in_a_row_; }
  void restore_counts(int64_t skipped, int64_t in_a_row) { skipped_ = skipped, skipped_in_a_row_ = in_a_row; }

 private:
  using Groups = std::vector<size_t>;  // indices into the batch
  struct Known {                       // per group, [tokens of its responses]; undefined where not needed
    std::vector<at::Tensor> old_logprobs, reference_logprobs;
  };
  std::vector<Groups> micro_batches(const Collected& batch, const Groups& groups) const;
  std::vector<Groups> minibatches(const Groups& all, int64_t epoch, int64_t step) const;
  std::vector<at::Tensor> logprobs_of(const VisionLanguageModel& model, const Collected& batch,
                                      const Groups& groups) const;
  bool contributes(const GroupAdvantages& advantages) const;
  LossMetrics accumulate(const Collected& batch, const std::vector<GroupAdvantages>& advantages, const Known& known,
                         const Groups& groups);

  const GrpoConfig& config_;
  uint64_t seed_;
  VisionLanguageModel model_;
  const Reference& reference_;
  AdamW& optimizer_;
  int64_t skipped_ = 0, skipped_in_a_row_ = 0;
};

}  // namespace crescent
