// 1 when the final answer of the response is the record's answer.
#include "core/abi/crescent_plugin.hpp"
#include "core/answers/answers.hpp"

namespace {

using namespace crescent::plugin;
using crescent::AnswerPolicy;

const char* const kUnits[] = {"optional", "required", nullptr};
const char* const kPercent[] = {"value", "either", nullptr};
const char* const kOrder[] = {"any", "given", nullptr};
const char* const kRounding[] = {"exact", "gold", nullptr};
const char* const kForm[] = {"value", "literal", nullptr};
const char* const kLog[] = {"10", "e", nullptr};
const char* const kNouns[] = {"required", "optional", nullptr};

const crescent_option kOptions[] = {
    string("units", "optional", kUnits, "whether a missing unit is right; a wrong one never is"),
    string("percent", "value", kPercent, "either: 50% is 50 as well as 0.5"),
    string("order", "any", kOrder, "of several answers without brackets: given: 1, 2 is not 2, 1"),
    string("rounding", "exact", kRounding, "gold: what rounds to the decimals of the gold is right"),
    string("form", "value", kForm, "literal: where the gold is a plain number, 123*456 is no answer"),
    string("log", "10", kLog, "base of \\log without one"),
    string("nouns", "required", kNouns, "optional: 5 answers a gold 5 apples; another noun never does"),
    number("tolerance", 0, {0, 1}, "relative to the gold; 0: exact"),
};

AnswerPolicy policy_of(const Setup& setup) {
  AnswerPolicy policy;
  if (setup.string("units") == "required") policy.units = AnswerPolicy::Units::required;
  if (setup.string("percent") == "either") policy.percent = AnswerPolicy::Percent::either;
  if (setup.string("order") == "given") policy.order = AnswerPolicy::Order::given;
  if (setup.string("rounding") == "gold") policy.rounding = AnswerPolicy::Rounding::gold;
  if (setup.string("form") == "literal") policy.form = AnswerPolicy::Form::literal;
  if (setup.string("log") == "e") policy.log = AnswerPolicy::Log::e;
  if (setup.string("nouns") == "optional") policy.nouns = AnswerPolicy::Nouns::optional;
  policy.tolerance = setup.number("tolerance");
  return policy;
}

class ExactMath final : public Reward {
 public:
  static Options options() { return Options(kOptions); }
  explicit ExactMath(const Setup& setup) : policy_(policy_of(setup)) {}

  Verdict score(const Sample& sample) const override {
    if (sample.gold.empty()) return Verdict::not_applicable();
    const auto answer = crescent::extract_answer(sample.response);
    return answer && crescent::same_answer(*answer, sample.gold, policy_) ? 1 : 0;
  }

 private:
  AnswerPolicy policy_;
};

}  // namespace

CRESCENT_REWARD_PLUGIN(ExactMath, "exact_math", "2.1.0", "The Crescent authors", "Apache-2.0",
                       "1 when the response's final answer equals the record's, by value and exactly, else 0")
