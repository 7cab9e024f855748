// M-RoPE positions, as transformers' Qwen2_5_VLModel.get_rope_index.
#include <algorithm>

#include "core/processor/processor.hpp"

namespace crescent {

// Text runs equally on the three axes. A picture has t = where it starts, h and w = that plus the row and column of
// the merged patch; what follows goes on behind its longer side.
PromptPositions mrope_positions(std::span<const int32_t> tokens, const std::vector<ImageGrid>& images,
                                const ModelConfig& model, const std::string& record_id) {
  const Place place{fmt::format("record \"{}\"", record_id)};
  const int64_t merge = model.vision.spatial_merge_size;
  PromptPositions out;
  out.positions.reserve(tokens.size());
  int32_t next = 0;
  size_t image = 0;
  for (size_t at = 0; at < tokens.size();) {
    if (tokens[at] != model.image_token_id) {
      out.positions.push_back({next, next, next});
      ++next;
      ++at;
      continue;
    }
    const auto run_end =
        std::find_if(tokens.begin() + at, tokens.end(), [&](int32_t t) { return t != model.image_token_id; });
    const int64_t run = run_end - tokens.begin() - static_cast<int64_t>(at);
    if (image == images.size()) {
      throw Error(fmt::format("the prompt has more runs of image tokens than its {} images", images.size()), place);
    }
    const int64_t rows = images[image].height / merge, columns = images[image].width / merge;
    if (run != rows * columns) {
      throw Error(fmt::format("image {} stands as {} image tokens in the prompt, but has {} merged patches", image + 1,
                              run, rows * columns),
                  place);
    }
    for (int64_t i = 0; i < run; ++i) {
      out.positions.push_back(
          {next, next + static_cast<int32_t>(i / columns), next + static_cast<int32_t>(i % columns)});
    }
    next += static_cast<int32_t>(std::max(rows, columns));
    at += static_cast<size_t>(run);
    ++image;
  }
  if (image != images.size()) {
    throw Error(fmt::format("the prompt has {} runs of image tokens, but {} images", image, images.size()), place);
  }
  out.next_position = next;
  return out;
}

}  // namespace crescent
