// 1 when the response is thoughts and an answer, each between its tags, and nothing else.
#include <string>

#include "core/abi/crescent_plugin.hpp"

namespace {

using namespace crescent::plugin;

const crescent_option kOptions[] = {
    string("think", "think", nullptr, "name of the tag around the thoughts"),
    string("answer", "answer", nullptr, "name of the tag around the answer"),
};

constexpr std::string_view kSpace = " \t\r\n\f\v";

bool is_blank(std::string_view text) { return text.find_first_not_of(kSpace) == std::string_view::npos; }

class FormatTags final : public Reward {
 public:
  static Options options() { return Options(kOptions); }
  explicit FormatTags(const Setup& setup) {
    const std::string think = setup.string("think"), answer = setup.string("answer");
    if (think.empty() || answer.empty()) throw std::runtime_error("a tag's name is empty");
    if (think == answer) throw std::runtime_error("both tags are called \"" + think + "\"; they must differ");
    tags_[0] = "<" + think + ">";
    tags_[1] = "</" + think + ">";
    tags_[2] = "<" + answer + ">";
    tags_[3] = "</" + answer + ">";
  }

  Verdict score(const Sample& sample) const override {
    return sample.stopped && is_well_formed(sample.response) ? 1 : 0;
  }

 private:
  // blank <think> thoughts </think> blank <answer> answer </answer> blank, each tag once
  bool is_well_formed(std::string_view rest) const {
    for (int i = 0; i < 4; ++i) {
      const size_t at = rest.find(tags_[i]);
      if (at == std::string_view::npos) return false;
      const std::string_view before = rest.substr(0, at);
      const bool inside = i % 2 == 1;  // before a closing tag stands content, before an opening one nothing may stand
      if (is_blank(before) == inside) return false;
      for (const std::string& tag : tags_)
        if (before.find(tag) != std::string_view::npos) return false;
      rest.remove_prefix(at + tags_[i].size());
    }
    return is_blank(rest);
  }

  std::string tags_[4];
};

}  // namespace

CRESCENT_REWARD_PLUGIN(FormatTags, "format_tags", "1.0.0", "The Crescent authors", "Apache-2.0",
                       "1 when the response is <think>thoughts</think><answer>answer</answer> and nothing else, else 0")
