// From drawn prompts to scored groups: render, roll out, and judge each group the moment it is done.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/base/task.hpp"
#include "core/data/record.hpp"
#include "core/data/view.hpp"
#include "core/processor/processor.hpp"
#include "core/rollout/generator.hpp"
#include "core/scoring/scorer.hpp"

namespace crescent {

struct CollectRequest {
  const Dataset& dataset;
  std::span<const PromptDraw> draws;
  std::vector<int64_t> group;  // responses wanted of each draw; one entry: of every draw
  SamplingOptions sampling;
  std::string phase;                       // told to rewards
  int64_t step = 0;                        // told to rewards
  const PromptFunction* prompt = nullptr;  // what the prompts say; null: the view itself
  Task* progress = nullptr;                // advanced by each group that is rolled out; borrowed
};

struct Collected {
  std::vector<std::shared_ptr<const RenderedPrompt>> prompts;  // [B]
  std::vector<ScoredGroup> groups;                             // [B] in the order of the draws
  GenerationStats stats;
  NamedValues score_timings;  // see Scorer::timings
};

class Collector {  // [main-thread]
 public:
  Collector(const Processor& processor, std::string system, int64_t max_prompt_tokens, Generator& generator,
            Scorer& scorer)
      : processor_(processor),
        system_(std::move(system)),
        max_prompt_tokens_(max_prompt_tokens),
        generator_(generator),
        scorer_(scorer) {}
  Collected collect(const CollectRequest& request);

 private:
  void score_when_done(const CollectRequest& request, size_t index, const std::string& prompt, Group&& group);
  const Processor& processor_;
  std::string system_;
  int64_t max_prompt_tokens_;
  Generator& generator_;
  Scorer& scorer_;
};

}  // namespace crescent
