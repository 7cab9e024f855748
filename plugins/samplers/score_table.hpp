// What is known of each (prompt, view): the evidence of its rollouts and the diversity of their thoughts. Columns, of
// 12 bytes a prompt (16 with diversity) in memory as in a checkpoint.
#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include "core/abi/crescent_plugin.hpp"

namespace crescent::plugin {

class ViewScores {
 public:
  uint64_t round = 0;           // periodic: refreshes begun
  int64_t refreshed_step = -1;  // periodic: step at which the last one began
  int64_t probed_step = -1;     // online: last step with probes

  double passes(uint64_t prompt) const { return prompt < passes_.size() ? passes_[prompt] : 0; }
  double fails(uint64_t prompt) const { return prompt < fails_.size() ? fails_[prompt] : 0; }
  bool seen(uint64_t prompt) const { return passes(prompt) + fails(prompt) > 0; }
  double pass_rate(uint64_t prompt) const { return passes(prompt) / (passes(prompt) + fails(prompt)); }
  // online: the step after that of the last observation; periodic: the last refresh whose rollouts came back; 0: none.
  uint32_t mark(uint64_t prompt) const { return prompt < mark_.size() ? mark_[prompt] : 0; }
  // Diversity of the thoughts of the prompt's last group; without one the mean over the prompts that have one, .5 when
  // there is none.
  double diversity(uint64_t prompt) const {
    return prompt < diversity_.size() && diversity_[prompt] > 0 ? from_fixed(diversity_[prompt]) : mean_diversity();
  }
  double mean_diversity() const {
    return known_ == 0 ? 0.5 : static_cast<double>(sum_) / static_cast<double>(known_) / kOne;
  }

  void set_evidence(uint64_t prompt, double passes, double fails) {
    reach(prompt);
    passes_[prompt] = static_cast<float>(passes);
    fails_[prompt] = static_cast<float>(fails);
  }
  void set_mark(uint64_t prompt, uint64_t mark) {
    reach(prompt);
    mark_[prompt] = static_cast<uint32_t>(mark);
  }
  void set_diversity(uint64_t prompt, double value) {  // in [0, 1]
    reach(prompt);
    if (diversity_.size() < passes_.size()) diversity_.resize(passes_.size());
    count_diversity(prompt, false);
    diversity_[prompt] = static_cast<uint32_t>(std::lround(value * kOne)) + 1;
    count_diversity(prompt, true);
  }

  void save(Writer& writer) const {
    writer.put(round);
    writer.put(refreshed_step);
    writer.put(probed_step);
    writer.put(passes_);
    writer.put(fails_);
    writer.put(mark_);
    writer.put(diversity_);
  }
  void load(Reader& reader) {
    round = reader.get<uint64_t>();
    refreshed_step = reader.get<int64_t>();
    probed_step = reader.get<int64_t>();
    passes_ = reader.get_vector<float>();
    fails_ = reader.get_vector<float>();
    mark_ = reader.get_vector<uint32_t>();
    diversity_ = reader.get_vector<uint32_t>();
    if (fails_.size() != passes_.size() || mark_.size() != passes_.size() || diversity_.size() > passes_.size())
      throw std::runtime_error("the saved scores are columns of different lengths");
    sum_ = known_ = 0;
    for (uint64_t prompt = 0; prompt < diversity_.size(); ++prompt) count_diversity(prompt, true);
  }

 private:
  // Diversities are whole multiples of 2^-30, so that their sum does not depend on the order in which they came.
  static constexpr double kOne = 1 << 30;
  static double from_fixed(uint32_t stored) { return (stored - 1) / kOne; }

  void reach(uint64_t prompt) {
    if (prompt < passes_.size()) return;
    passes_.resize(prompt + 1);
    fails_.resize(prompt + 1);
    mark_.resize(prompt + 1);
  }
  void count_diversity(uint64_t prompt, bool add) {
    if (diversity_[prompt] == 0) return;
    sum_ += add ? diversity_[prompt] - 1 : uint64_t{0} - (diversity_[prompt] - 1);
    known_ += add ? 1 : uint64_t{0} - 1;
  }

  std::vector<float> passes_, fails_;  // decayed counts; 0 and 0: never seen
  std::vector<uint32_t> mark_;
  std::vector<uint32_t> diversity_;  // 1 + multiples of 2^-30; 0: not known; empty where it has no weight
  uint64_t sum_ = 0, known_ = 0;     // of `diversity_`, less the 1
};

}  // namespace crescent::plugin
