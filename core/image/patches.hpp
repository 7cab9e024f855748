// From pixels to what the vision tower reads: the resize, normalisation and patch order of Qwen2.5-VL's image
// processor (transformers: Qwen2VLImageProcessor), bit for bit.
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <string>

#include "core/base/json.hpp"
#include "core/imageio/image.hpp"

namespace crescent {

struct ImageProcessorConfig {
  int64_t min_pixels = 3136, max_pixels = 1003520;  // of the resized picture
  int64_t patch_size = 14, temporal_patch_size = 2, merge_size = 2;
  std::array<double, 3> mean{0.48145466, 0.4578275, 0.40821073};
  std::array<double, 3> std{0.26862954, 0.26130258, 0.27577711};
};

// preprocessor_config.json, or transformers 5's processor_config.json; a folder with neither: the defaults above.
// Throws Error for settings that this processor does not follow (no resizing, another rescale factor, ...).
ImageProcessorConfig read_image_processor_config(const std::string& folder);
Json write_image_processor_config(const ImageProcessorConfig& config);  // the content of preprocessor_config.json

struct ImageSize {
  int64_t height = 0, width = 0;  // pixels
};

// Sides rounded to multiples of `factor`, the area brought between the limits. Throws Error for a ratio over 200.
ImageSize smart_resize(ImageSize size, int64_t factor, int64_t min_pixels, int64_t max_pixels);

struct Patches {
  at::Tensor rows;                          // [grid_height * grid_width, C*T*patch*patch] f32, 2x2 merge order
  int64_t grid_height = 0, grid_width = 0;  // in patches
};

// Any thread.
Patches patches_of(const Image& image, const ImageProcessorConfig& config);

}  // namespace crescent
