#include <ATen/ops/cat.h>

#include "core/base/error.hpp"
#include "core/model/input.hpp"

namespace crescent {
namespace {

// Collects rows; patches of all images are joined once at the end.
struct Packer {
  PackedInput input;
  std::vector<at::Tensor> patches;

  int64_t rows() const { return static_cast<int64_t>(input.tokens.size()); }

  void add_prompt(const RenderedPrompt& prompt) {
    if (prompt.tokens.empty()) fail("a prompt without tokens cannot be packed");
    if (prompt.positions.size() != prompt.tokens.size()) {
      fail("a prompt has {} tokens but {} positions", prompt.tokens.size(), prompt.positions.size());
    }
    const int64_t start = rows();
    input.tokens.insert(input.tokens.end(), prompt.tokens.begin(), prompt.tokens.end());
    input.positions.insert(input.positions.end(), prompt.positions.begin(), prompt.positions.end());
    input.segments.push_back({start, static_cast<int64_t>(prompt.tokens.size()), 0, 0});
    if (prompt.patches.defined()) patches.push_back(prompt.patches);
    input.images.insert(input.images.end(), prompt.images.begin(), prompt.images.end());
  }

  PackedInput finish() {
    if (!patches.empty()) input.patches = patches.size() == 1 ? patches[0] : at::cat(patches);
    return std::move(input);
  }
};

// The response's rows but the last, after its prompt's; targets for all of its tokens.
void add_response(Packer& packer, Targets& targets, const Segment& prompt, int32_t next_position,
                  std::span<const int32_t> response) {
  if (response.empty()) fail("a response without tokens cannot be trained on");
  const int64_t start = packer.rows(), length = static_cast<int64_t>(response.size());
  targets.rows.push_back(prompt.start + prompt.length - 1);  // the prompt's last row predicts the first token
  for (int64_t t = 0; t + 1 < length; ++t) {
    const auto position = static_cast<int32_t>(next_position + t);
    packer.input.tokens.push_back(response[t]);
    packer.input.positions.push_back({position, position, position});
    targets.rows.push_back(start + t);
  }
  targets.tokens.insert(targets.tokens.end(), response.begin(), response.end());
  targets.response_lengths.push_back(length);
  if (length > 1) packer.input.segments.push_back({start, length - 1, prompt.start, prompt.length});
}

}  // namespace

PackedBatch pack_groups(std::span<const PackedGroup> groups) {
  Packer packer;
  PackedBatch batch;
  for (const PackedGroup& group : groups) {
    packer.add_prompt(*group.prompt);
    const Segment prompt = packer.input.segments.back();
    for (const auto& response : group.responses) {
      add_response(packer, batch.targets, prompt, group.prompt->next_position, response);
    }
  }
  batch.input = packer.finish();
  return batch;
}

PackedInput pack_prompts(std::span<const RenderedPrompt* const> prompts) {
  Packer packer;
  for (const RenderedPrompt* prompt : prompts) packer.add_prompt(*prompt);
  return packer.finish();
}

}  // namespace crescent
