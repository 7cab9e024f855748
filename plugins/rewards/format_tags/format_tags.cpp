// 1 when the response is thoughts and an answer, each between its tags, and nothing else; parts say what was missing.
#include <optional>
#include <string>

#include "core/abi/crescent_plugin.hpp"

namespace {

using namespace crescent::plugin;

const crescent_option kOptions[] = {
    string("think", "think", nullptr, "name of the tag around the thoughts"),
    string("answer", "answer", nullptr, "name of the tag around the answer"),
    boolean("partial", false, "score the mean of the four parts, instead of all or nothing"),
};

constexpr std::string_view kSpace = " \t\r\n\f\v";

bool is_blank(std::string_view text) { return text.find_first_not_of(kSpace) == std::string_view::npos; }

struct Tags {
  explicit Tags(const std::string& name) : open("<" + name + ">"), close("</" + name + ">") {}
  std::string open, close;
};

struct Block {
  size_t begin, end;  // of the response, tags included
};

// Where `tag` stands, when it stands there once.
std::optional<size_t> once(std::string_view text, const std::string& tag) {
  const size_t at = text.find(tag);
  if (at == std::string_view::npos || text.find(tag, at + tag.size()) != std::string_view::npos) return {};
  return at;
}

// Both tags once, in order, with more than blanks between them.
std::optional<Block> find_block(std::string_view text, const Tags& tags) {
  const auto open = once(text, tags.open), close = once(text, tags.close);
  if (!open || !close || *close < *open) return {};
  const size_t content = *open + tags.open.size();
  if (is_blank(text.substr(content, *close - content))) return {};
  return Block{*open, *close + tags.close.size()};
}

class FormatTags final : public Reward {
 public:
  static Options options() { return Options(kOptions); }
  explicit FormatTags(const Setup& setup)
      : think_(setup.string("think")), answer_(setup.string("answer")), partial_(setup.boolean("partial")) {
    const std::string think = setup.string("think"), answer = setup.string("answer");
    if (think.empty() || answer.empty()) throw std::runtime_error("a tag's name is empty");
    if (think == answer) throw std::runtime_error("both tags are called \"" + think + "\"; they must differ");
  }

  // think, answer: the block is there, once and not empty; order: both, thoughts first; alone: and nothing besides, and
  // the response was not cut.
  std::vector<const char*> part_names() const override { return {"think", "answer", "order", "alone"}; }

  Verdict score(const Sample& sample) const override {
    const std::string_view text = sample.response;
    const auto think = find_block(text, think_), answer = find_block(text, answer_);
    const bool order = think && answer && think->end <= answer->begin;
    const bool alone = order && sample.stopped && is_blank(text.substr(0, think->begin)) &&
                       is_blank(text.substr(think->end, answer->begin - think->end)) &&
                       is_blank(text.substr(answer->end));
    const double found = think.has_value() + answer.has_value() + order + alone;
    return {partial_ ? found / 4 : static_cast<double>(alone),
            {static_cast<double>(think.has_value()), static_cast<double>(answer.has_value()),
             static_cast<double>(order), static_cast<double>(alone)}};
  }

 private:
  Tags think_, answer_;
  bool partial_;
};

}  // namespace

CRESCENT_REWARD_PLUGIN(FormatTags, "format_tags", "1.1.0", "The Crescent authors", "Apache-2.0",
                       "1 when the response is <think>thoughts</think><answer>answer</answer> and nothing else, else 0")
