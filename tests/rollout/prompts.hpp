// Prompts made by hand for the tests and the benchmark of rollouts: text alone, or a picture between words.
#pragma once

#include <ATen/ops/empty.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "core/base/random.hpp"
#include "core/model/config.hpp"
#include "core/model/input.hpp"

namespace crescent {

// Appends `count` random text tokens of [0, text_tokens).
inline void add_words(RenderedPrompt& prompt, int64_t count, int32_t text_tokens, RandomStream& random) {
  for (int64_t i = 0; i < count; ++i) {
    prompt.tokens.push_back(static_cast<int32_t>(random.below(text_tokens)));
    prompt.positions.push_back({prompt.next_position, prompt.next_position, prompt.next_position});
    ++prompt.next_position;
  }
}

inline void add_mark(RenderedPrompt& prompt, int32_t token) {
  prompt.tokens.push_back(token);
  prompt.positions.push_back({prompt.next_position, prompt.next_position, prompt.next_position});
  ++prompt.next_position;
}

// A picture of height x width merged patches filled with noise; M-RoPE positions as Qwen2-VL has them
// (2409.12191, 2.1).
inline void add_picture(RenderedPrompt& prompt, int32_t height, int32_t width, const ModelConfig& config,
                        RandomStream& random) {
  const int64_t merge = config.vision.spatial_merge_size;
  add_mark(prompt, config.vision_start_token_id);
  for (int32_t h = 0; h < height; ++h) {
    for (int32_t w = 0; w < width; ++w) {
      prompt.tokens.push_back(config.image_token_id);
      prompt.positions.push_back({prompt.next_position, prompt.next_position + h, prompt.next_position + w});
    }
  }
  prompt.next_position += std::max(height, width);
  add_mark(prompt, config.vision_end_token_id);
  prompt.images.push_back({height * merge, width * merge});
  prompt.patches = at::empty({height * width * merge * merge, config.vision.patch_dim()});
  float* pixels = prompt.patches.mutable_data_ptr<float>();
  for (int64_t i = 0; i < prompt.patches.numel(); ++i) pixels[i] = static_cast<float>(random.normal());
}

inline std::shared_ptr<const RenderedPrompt> text_prompt(int64_t length, const ModelConfig& config, uint64_t seed) {
  RenderedPrompt prompt;
  RandomStream random(RandomKey(seed, "prompt"));
  add_words(prompt, length, 256, random);
  return std::make_shared<const RenderedPrompt>(std::move(prompt));
}

inline std::shared_ptr<const RenderedPrompt> picture_prompt(int32_t height, int32_t width, int64_t words,
                                                            const ModelConfig& config, uint64_t seed) {
  RenderedPrompt prompt;
  RandomStream random(RandomKey(seed, "prompt"));
  add_words(prompt, words / 2, 256, random);
  add_picture(prompt, height, width, config, random);
  add_words(prompt, words - words / 2, 256, random);
  return std::make_shared<const RenderedPrompt>(std::move(prompt));
}

}  // namespace crescent
