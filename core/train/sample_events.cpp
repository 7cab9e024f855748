#include "core/train/sample_events.hpp"

#include <fmt/format.h>

#include <vector>

#include "core/base/files.hpp"
#include "core/data/view.hpp"
#include "core/imageio/image.hpp"

namespace crescent {

// As Markdown shows it word for word: a block of code, which is a line indented by four.
static std::string as_code(const std::string& text) {
  std::string code = "    ";
  for (const char c : text) {
    code += c;
    if (c == '\n') code += "    ";
  }
  return code;
}

void write_samples(EventWriter& events, int64_t step, const Dataset& val, std::span<const ShownResponse> shown,
                   bool pictures) {
  for (size_t begin = 0, end; begin < shown.size(); begin = end) {
    const View view = shown[begin].view;
    std::string text;
    for (end = begin; end < shown.size() && shown[end].view == view; ++end) {
      const Record& record = val.records.at(shown[end].record);
      const ViewedRecord prompt = view_of(record, view);
      text += fmt::format("**{}**, {}; the answer is\n\n{}\n\nasked\n\n{}\n\nresponse\n\n{}\n\n", record.id,
                          shown[end].passed ? "passed" : "not passed", as_code(record.answer), as_code(prompt.text),
                          as_code(shown[end].text));
      if (!pictures || prompt.images.empty()) continue;
      const ImageShape shape = read_png_shape(prompt.images.front());
      events.image(step, fmt::format("val/{}/{}", view_name(view), record.id), shape.width, shape.height,
                   read_file(prompt.images.front()));
    }
    events.text(step, fmt::format("val/{}/responses", view_name(view)), text);
  }
}

void write_distributions(EventWriter& events, int64_t step, std::span<const ScoredGroup> groups) {
  std::vector<double> rewards, tokens;
  for (const ScoredGroup& group : groups) {
    rewards.insert(rewards.end(), group.reward.begin(), group.reward.end());
    for (const Rollout& rollout : group.group.rollouts) tokens.push_back(static_cast<double>(rollout.tokens.size()));
  }
  events.histogram(step, "batch/reward", rewards);
  events.histogram(step, "batch/response_tokens", tokens);
}

}  // namespace crescent
