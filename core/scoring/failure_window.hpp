// Counts samples that rewards failed to judge and ends a run in which they are too many.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "core/flow/stateful.hpp"

namespace crescent {

// One batch as a reward saw it.
struct FailureCount {
  uint64_t samples = 0, failed = 0;
  std::string example;    // `record "shapes-12", step 41: division by zero`; of the first failed sample
  uint64_t unjudged = 0;  // of the batch, besides `samples`
};

// Per reward, the latest batches that together hold at least 1,000 samples. The run stops once the failed among them
// exceed max_failed_share of the larger of 1,000 and the samples seen: before 1,000 samples are in, that is the
// verdict which no later success could change.
class FailureWindow : public Stateful {  // [main-thread]
 public:
  static constexpr uint64_t kSamples = 1000;
  FailureWindow(std::vector<std::string> rewards, double max_failed_share);
  void add(size_t reward, const FailureCount& batch);  // throws Error naming reward, share, limit and an example
  // Whether add() would throw: where some are unjudged, whether it would if all of them were to be judged well.
  bool is_exceeded_by(size_t reward, const FailureCount& batch) const;
  std::string save_state() const override;
  void load_state(std::string_view bytes) override;

 private:
  using Batches = std::deque<FailureCount>;
  Batches latest(size_t reward, const FailureCount& batch) const;
  double allowed(const FailureCount& sum) const;
  std::vector<std::string> rewards_;
  double max_failed_share_;
  std::vector<Batches> batches_;  // [n_rewards], oldest first
};

}  // namespace crescent
