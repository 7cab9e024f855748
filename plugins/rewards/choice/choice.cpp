// 1 when the response chose the right option of a multiple-choice problem, by its letter or by its text.
#include "core/answers/choice.hpp"

#include <optional>

#include "core/abi/crescent_plugin.hpp"
#include "core/answers/answers.hpp"
#include "plugins/rewards/choice/options.hpp"

namespace {

using namespace crescent::plugin;

const crescent_option kOptions[] = {
    boolean("by_text", true, "whether an option's text counts as its letter, where the problem lists the options"),
};

using Texts = std::vector<std::string_view>;

// The letter of the one option that says `answer`; nothing where none or several do.
std::optional<char> letter_of(std::string_view answer, const Texts& options) {
  std::optional<char> letter;
  for (size_t i = 0; i < options.size(); ++i) {
    if (options[i].empty() || !crescent::same_answer(answer, options[i])) continue;
    if (letter) return {};
    letter = static_cast<char>('A' + i);
  }
  return letter;
}

// What `answer` chooses; nothing where it is no choice, or its letter and its text are of two options.
std::optional<char> chosen(std::string_view answer, const Texts& options) {
  const auto choice = crescent::read_choice(answer);
  if (!choice) return letter_of(answer, options);
  const auto meant = choice->text.empty() ? std::nullopt : letter_of(choice->text, options);
  if (meant && *meant != choice->letter) return {};
  return choice->letter;
}

class ChoiceReward final : public Reward {
 public:
  static Options options() { return Options(kOptions); }
  explicit ChoiceReward(const Setup& setup) : by_text_(setup.boolean("by_text")) {}

  std::vector<const char*> part_names() const override { return {"chosen"}; }  // 1: it chose one, right or wrong

  Verdict score(const Sample& sample) const override {
    const Texts options = by_text_ ? choice::listed_options(sample.prompt) : Texts();
    const auto right = chosen(sample.gold, options);
    if (!right) return Verdict::not_applicable();  // this record is no multiple-choice problem
    const auto answer = crescent::extract_answer(sample.response);
    const auto letter = answer ? chosen(*answer, options) : std::nullopt;
    return {letter == right ? 1.0 : 0.0, {letter ? 1.0 : 0.0}};
  }

 private:
  bool by_text_;
};

}  // namespace

CRESCENT_REWARD_PLUGIN(ChoiceReward, "choice", "1.0.0", "The Crescent authors", "Apache-2.0",
                       "1 when the response chose the record's option, by letter or by text; nothing to say where the "
                       "record's answer is none")
