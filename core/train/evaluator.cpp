#include "core/train/evaluator.hpp"

#include <ATen/record_function.h>

#include <algorithm>
#include <limits>

#include "core/base/error.hpp"
#include "core/data/view.hpp"
#include "core/flow/limits.hpp"

namespace crescent {

namespace {
constexpr size_t kPerCall = kValidationPromptsPerCall;
constexpr size_t kShown = 4;  // responses of a view
}  // namespace

Evaluator::Evaluator(const ValidationConfig& config, int64_t max_response_tokens, uint64_t seed, const Dataset& val,
                     Collector& collector)
    : config_(config), max_response_tokens_(max_response_tokens), seed_(seed), val_(val), collector_(collector) {
  for (const std::string& name : config.views) {
    const View view = parse_view(name);
    std::vector<uint64_t> prompts = eligible(val, view);
    if (prompts.empty())
      fail_usage({val.path, 0}, "no record has what the {} view needs, which validate.views asks for", name);
    if (config.prompts > 0 && prompts.size() > static_cast<size_t>(config.prompts))
      prompts.resize(static_cast<size_t>(config.prompts));
    prompts_.emplace_back(view, std::move(prompts));
  }
}

NamedValues Evaluator::validate(const std::string& phase, int64_t step, const OnProgress& on_progress) {
  RECORD_USER_SCOPE("validation");
  NamedValues values;
  shown_.clear();
  size_t groups = 0;
  for (const auto& [view, prompts] : prompts_) groups += prompts.size() * (config_.samples > 0 ? 2 : 1);
  Task progress(on_progress, fmt::format("step {}: validation", step), static_cast<int64_t>(groups));
  for (const auto& [view, prompts] : prompts_) {
    const std::string prefix = fmt::format("val/{}/", view_name(view));
    const Counts greedy = count(view, prompts, true, phase, step, progress);
    const Counts sampled = config_.samples > 0 ? count(view, prompts, false, phase, step, progress) : Counts();
    values.emplace_back(prefix + "accuracy", greedy.pass_rate());
    if (config_.samples > 0) values.emplace_back(prefix + "sampled", sampled.pass_rate());
    const auto add = [&](const char* name, uint64_t samples) {
      if (samples > 0) values.emplace_back(prefix + name, static_cast<double>(samples));
    };
    add("failed", greedy.failed + sampled.failed);
    add("unscored", greedy.unscored + sampled.unscored);
  }
  return values;
}

double Evaluator::Counts::pass_rate() const {
  return judged > 0 ? static_cast<double>(passed) / static_cast<double>(judged)
                    : std::numeric_limits<double>::quiet_NaN();
}

Evaluator::Counts Evaluator::count(View view, const std::vector<uint64_t>& prompts, bool greedy,
                                   const std::string& phase, int64_t step, Task& progress) {
  SamplingOptions sampling;
  sampling.greedy = greedy;
  sampling.temperature = config_.temperature;
  sampling.max_response_tokens = max_response_tokens_;
  sampling.seed = seed_;
  sampling.purpose = "validation";
  Counts counts;
  for (size_t begin = 0; begin < prompts.size(); begin += kPerCall) {
    std::vector<PromptDraw> draws;
    for (size_t i = begin; i < std::min(begin + kPerCall, prompts.size()); ++i)
      draws.push_back({.prompt_index = prompts[i], .view = view});
    const Collected collected =
        collector_.collect({val_, draws, {greedy ? 1 : config_.samples}, sampling, phase, step, nullptr, &progress});
    for (size_t i = 0; greedy && begin + i < kShown && i < collected.groups.size(); ++i) {
      const ScoredGroup& group = collected.groups[i];
      shown_.push_back({view, draws[i].prompt_index, group.group.rollouts.at(0).text, group.passed.at(0) != 0});
    }
    for (const ScoredGroup& group : collected.groups)
      for (size_t i = 0; i < group.reward.size(); ++i) {
        counts.passed += group.passed[i];
        counts.judged += group.judged(i);
        counts.failed += group.failed(i);
        counts.unscored += !group.judged(i) && !group.failed(i);
      }
  }
  return counts;
}

}  // namespace crescent
