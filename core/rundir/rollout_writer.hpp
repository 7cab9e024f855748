// rollouts/: every sampled response, as compressed JSON lines in segments of a fixed number of steps.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/base/files.hpp"
#include "core/experiment/run_config.hpp"
#include "core/flow/rollout.hpp"
#include "core/rundir/rollout_frames.hpp"

namespace crescent {

struct RewardNames {
  std::string name;
  std::vector<std::string> parts;
};

// One scored group and what the file needs besides.
struct RolloutEntry {
  const ScoredGroup* group = nullptr;  // borrowed
  std::string source;     // "train" | "probe" | "replaced": a group without signal that another took the place of
  std::string record_id;  // the prompt's
  std::vector<double> advantages;  // [G]; empty for probes
};

// One line a sample (logged_rollout.hpp), one zstd frame a step (rollout_frames.hpp).
class RolloutWriter {  // [main-thread]
 public:
  RolloutWriter(std::string folder, std::vector<RewardNames> rewards, const RolloutLogConfig& keep);
  // Everything that was sampled in the step: called once for each, in ascending order. Scores are written of every
  // sample, its response where `keep` says so; with `all_responses` of every sample, whatever it says.
  void write(int64_t step, const std::string& phase, std::span<const RolloutEntry> entries, bool all_responses = false);
  void sync();
  int64_t segment() const { return segment_; }  // first step of the file in use; -1: none
  uint64_t size() const { return segment_ < 0 ? 0 : file_.size(); }
  // Keeps `bytes` of the segment that begins at `segment` and removes all later ones; -1 removes all.
  void cut_back(int64_t segment, uint64_t bytes);

 private:
  std::string path_of(int64_t segment) const { return folder_ + "/" + segment_name(segment); }
  std::string folder_;
  std::vector<RewardNames> rewards_;
  RolloutLogConfig keep_;
  FrameWriter frame_;
  int64_t segment_ = -1;
  AppendFile file_;
};

}  // namespace crescent
