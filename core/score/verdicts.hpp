// What a reward said about saved samples: the statistics of `crescent score`, and how far two rewards agree.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/flow/rollout.hpp"
#include "core/stats/moments.hpp"

namespace crescent {

// The scores of one reward, in the order of the samples.
class Verdicts {
 public:
  Verdicts(std::string name, std::vector<std::string> parts) : name_(std::move(name)), parts_(std::move(parts)) {}

  // `seconds`: what judging took. `label`: where the sample is from.
  void add(const Score& score, const std::string& label);
  void add_time(double seconds) { seconds_ += seconds; }

  const std::string& name() const { return name_; }
  const std::vector<double>& scores() const { return scores_; }  // NaN: failed, or not applicable
  int64_t failed() const { return failed_; }

  // Counts and shares, time a sample, mean and deviation, each value that scores take (of more than ten a histogram),
  // means of the parts, the first failures with their reasons.
  std::string report() const;

 private:
  std::string name_;
  std::vector<std::string> parts_;
  std::vector<double> scores_;
  std::vector<Moments> part_values_ = std::vector<Moments>(parts_.size());  // judged ones
  int64_t failed_ = 0, not_applicable_ = 0;
  std::vector<std::string> examples_;  // of failures
  double seconds_ = 0;
};

struct Agreement {
  int64_t both = 0;           // samples that both judged; the rest is over these
  double correlation = 0;     // Pearson; NaN where one of them never varies
  double equal_scores = 0;    // share
  double equal_verdicts = 0;  // share: both pass, or neither does
  int64_t only_first = 0;     // passes by the first alone
  int64_t only_second = 0;
  std::vector<size_t> apart;  // the samples that differ most, furthest first, at most 10; none where they are equal
};

// A sample passes when its score is at least `at_least`. The lists are of the same samples.
Agreement compare(const std::vector<double>& first, const std::vector<double>& second, double at_least);

std::string report(const Agreement& agreement, const Verdicts& first, const Verdicts& second, double at_least,
                   const std::vector<std::string>& labels);

}  // namespace crescent
