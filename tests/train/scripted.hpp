// Roles that do what a test says.
#pragma once

#include <fmt/format.h>

#include <cmath>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "core/data/record.hpp"
#include "core/flow/roles.hpp"

namespace crescent {

// Gives each sample what `verdict` says, and remembers what it was shown.
class ScriptedReward : public Reward {
 public:
  explicit ScriptedReward(std::function<double(const Sample&)> verdict) : verdict_(std::move(verdict)) {}
  const std::vector<std::string>& part_names() const override { return parts_; }
  void score(std::span<const Sample> samples, std::span<Score> scores) override {
    const std::lock_guard lock(mutex_);
    for (size_t i = 0; i < samples.size(); ++i) {
      scores[i].value = verdict_(samples[i]);
      scores[i].status = applies && !applies(samples[i]) ? ScoreStatus::not_applicable
                         : std::isnan(scores[i].value)   ? ScoreStatus::failed
                                                         : ScoreStatus::ok;
      seen.insert(fmt::format("{} | {} | {} | {} | {} | {}", samples[i].phase, samples[i].step, samples[i].record_id,
                              samples[i].prompt, samples[i].index_in_group, samples[i].response));
    }
  }
  std::multiset<std::string> seen;
  std::function<bool(const Sample&)> applies;  // empty: always

 private:
  std::function<double(const Sample&)> verdict_;
  std::vector<std::string> parts_;
  std::mutex mutex_;
};

// Draws the eligible prompts in turn, and asks for probes as `probes` says.
class TurnSampler : public PromptSampler {
 public:
  void draw(const SamplerContext& ctx, std::span<uint64_t> prompt_index, std::span<double>) override {
    for (uint64_t& index : prompt_index) index = ctx.eligible[drawn_++ % ctx.eligible.size()];
  }
  std::vector<ProbeRequest> plan_probe(const SamplerContext&, uint64_t) override {
    return probes ? probes() : std::vector<ProbeRequest>();
  }
  void observe(const SamplerContext&, std::span<const ScoredGroup> groups) override { observed += groups.size(); }
  std::vector<double> weights(const SamplerContext&) override { return {}; }
  std::string save_state() const override { return std::to_string(drawn_); }
  void load_state(std::string_view bytes) override { drawn_ = std::stoull(std::string(bytes)); }
  std::function<std::vector<ProbeRequest>()> probes;  // empty: none
  size_t observed = 0;

 private:
  uint64_t drawn_ = 0;
};

// Records of text alone: r0, r1, ...
inline Dataset text_records(int64_t count, const std::string& path) {
  Dataset dataset;
  dataset.path = path;
  for (int64_t i = 0; i < count; ++i) {
    Record record;
    record.id = fmt::format("r{}", i);
    record.problem = fmt::format("{}+1?", i);
    record.answer = record.response = fmt::format("{}", i + 1);
    dataset.records.push_back(record);
  }
  return dataset;
}

class StepsPolicy : public PhasePolicy {  // leaves after `steps`
 public:
  explicit StepsPolicy(int64_t steps) : steps_(steps) {}
  Decision decide(const Progress& progress) override {
    if (progress.phase_step < steps_) return {};
    return {Decision::Kind::advance, "", "enough steps"};
  }
  std::string save_state() const override { return ""; }
  void load_state(std::string_view) override {}

 private:
  int64_t steps_;
};

}  // namespace crescent
