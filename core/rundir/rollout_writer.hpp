// rollouts/: every sampled response, as JSONL in segments of a fixed number of steps.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/base/files.hpp"
#include "core/flow/rollout.hpp"

namespace crescent {

struct RewardNames {
  std::string name;
  std::vector<std::string> parts;
};

// One scored group and what the file needs besides.
struct RolloutEntry {
  const ScoredGroup* group = nullptr;  // borrowed
  std::string record_id;               // the prompt's
  std::vector<double> advantages;      // [G]; empty for probes: written as null
};

// One line a sample: step, source (train | probe), prompt, view, visit, sample, tokens, logprobs, text, finish,
// reward, passed, parts ("<reward>" and "<reward>/<part>" -> value), advantage, and `errors` ("<reward>" -> text) where
// a reward failed. What is not a finite number is null. Bytes of `text` that are not UTF-8 are written as U+FFFD.
class RolloutWriter {  // [main-thread]
 public:
  static constexpr int64_t kStepsPerSegment = 100;
  RolloutWriter(std::string folder, std::vector<RewardNames> rewards);
  void write(int64_t step, const std::string& source, std::span<const RolloutEntry> entries);
  void sync();
  int64_t segment() const { return segment_; }  // first step of the file in use; -1: none
  uint64_t size() const { return segment_ < 0 ? 0 : file_.size(); }
  // Keeps `bytes` of the segment that begins at `segment` and removes all later ones; -1 removes all.
  void cut_back(int64_t segment, uint64_t bytes);

 private:
  std::string path_of(int64_t segment) const;
  std::string folder_;
  std::vector<RewardNames> rewards_;
  int64_t segment_ = -1;
  AppendFile file_;
};

}  // namespace crescent
