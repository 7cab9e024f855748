#include "core/train/evaluator.hpp"

#include <algorithm>

#include "core/base/error.hpp"
#include "core/data/view.hpp"
#include "core/flow/limits.hpp"

namespace crescent {

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

NamedValues Evaluator::validate(const std::string& phase, int64_t step) {
  NamedValues values;
  for (const auto& [view, prompts] : prompts_) {
    const std::string prefix = fmt::format("val/{}/", view_name(view));
    values.emplace_back(prefix + "accuracy", pass_rate(view, prompts, true, phase, step));
    if (config_.samples > 0) values.emplace_back(prefix + "sampled", pass_rate(view, prompts, false, phase, step));
  }
  return values;
}

double Evaluator::pass_rate(View view, const std::vector<uint64_t>& prompts, bool greedy, const std::string& phase,
                            int64_t step) {
  SamplingOptions sampling;
  sampling.greedy = greedy;
  sampling.temperature = config_.temperature;
  sampling.max_response_tokens = max_response_tokens_;
  sampling.seed = seed_;
  sampling.purpose = "validation";
  uint64_t passed = 0, judged = 0;
  constexpr size_t kPerCall = kValidationPromptsPerCall;
  for (size_t begin = 0; begin < prompts.size(); begin += kPerCall) {
    std::vector<PromptDraw> draws;
    for (size_t i = begin; i < std::min(begin + kPerCall, prompts.size()); ++i)
      draws.push_back({.prompt_index = prompts[i], .view = view});
    const Collected collected =
        collector_.collect({val_, draws, {greedy ? 1 : config_.samples}, sampling, phase, step});
    for (const ScoredGroup& group : collected.groups)
      for (const uint8_t pass : group.passed) {
        passed += pass;
        ++judged;
      }
  }
  return static_cast<double>(passed) / static_cast<double>(judged);
}

}  // namespace crescent
