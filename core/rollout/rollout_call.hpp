// One call of the generator: the tensor runner that carries out what the scheduler decides.
#pragma once

#include <ATen/core/Tensor.h>

#include <span>
#include <vector>

#include "core/base/random.hpp"
#include "core/rollout/generator.hpp"
#include "core/rollout/kv_cache.hpp"
#include "core/rollout/sampler.hpp"
#include "core/rollout/scheduler.hpp"

namespace crescent {

class RolloutCall {  // [main-thread] borrows everything it is given
 public:
  RolloutCall(const VisionLanguageModel& model, const GeneratorOptions& options, const TokenSampler& sampler,
              KvCache& cache, std::span<const GenerationRequest> requests, const SamplingOptions& sampling);
  GenerationStats run(const OnGroup& on_group);

 private:
  struct GroupState {
    Group group;                  // as far as it has been sampled
    std::vector<RandomKey> keys;  // [G]
    at::Tensor last_hidden;       // [1, hidden] of the prompt's last token, until all rows have started
    int64_t waiting = 0;          // rows that have not started
  };

  void prefill(std::span<const JoiningGroup> groups);
  void prefill_packed(std::span<const JoiningGroup> groups);
  void start(std::span<const ActiveRow> rows);
  void decode();
  void sample(const at::Tensor& hidden, std::span<const int64_t> hidden_rows, std::span<const ActiveRow> rows);
  void finish(const OnGroup& on_group);
  bool ends(int32_t token) const;
  Rollout& rollout(const ActiveRow& row) { return groups_[row.group].group.rollouts[row.sample]; }

  const VisionLanguageModel& model_;
  const GeneratorOptions& options_;
  const TokenSampler& sampler_;
  KvCache& cache_;
  std::span<const GenerationRequest> requests_;
  const SamplingOptions& sampling_;
  std::vector<GroupShape> shapes_;  // [requests]
  SchedulerLimits limits_;
  Scheduler scheduler_;
  std::vector<GroupState> groups_;  // [requests]
  TokenSampler::Draws draws_;
  std::vector<double> uniforms_;
  GenerationStats stats_;
};

}  // namespace crescent
