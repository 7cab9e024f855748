// 1 when the final answer of the response is the record's answer.
#include "core/abi/crescent_plugin.hpp"
#include "core/answers/answers.hpp"

namespace {

using namespace crescent::plugin;

class ExactMath final : public Reward {
 public:
  Verdict score(const Sample& sample) const override {
    if (sample.gold.empty()) return Verdict::not_applicable();
    const auto answer = crescent::extract_answer(sample.response);
    return answer && crescent::same_answer(*answer, sample.gold) ? 1 : 0;
  }
};

}  // namespace

CRESCENT_REWARD_PLUGIN(
    ExactMath, "exact_math", "1.0.0", "The Crescent authors", "Apache-2.0",
    "1 when the response's final answer equals the record's, numbers exactly and words by their letters, else 0")
