#include "core/image/patches.hpp"

#include <ATen/ops/_upsample_bicubic2d_aa.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>

#include <algorithm>
#include <cmath>

#include "core/base/error.hpp"

namespace crescent {

namespace {

// Python's round(a / b): the nearest integer, halves to the even one.
int64_t rounded_ratio(int64_t a, int64_t b) {
  return static_cast<int64_t>(std::nearbyint(static_cast<double>(a) / static_cast<double>(b)));
}

int64_t floor_to(double value, int64_t factor) { return static_cast<int64_t>(std::floor(value / factor)) * factor; }
int64_t ceil_to(double value, int64_t factor) { return static_cast<int64_t>(std::ceil(value / factor)) * factor; }

// [height, width, 3] u8; the reference's uint8 kernel, because float resizing differs by up to 9 levels.
at::Tensor resized(const Image& image, ImageSize size) {
  const auto options = at::TensorOptions().dtype(at::kByte);
  const at::Tensor pixels =
      at::from_blob(const_cast<uint8_t*>(image.rgb.data()), {1, image.height, image.width, 3}, options);
  if (size.height == image.height && size.width == image.width) return pixels;  // borrows the image's memory
  const at::Tensor planes = pixels.permute({0, 3, 1, 2}).contiguous();          // [1, 3, H, W]
  const at::Tensor out = at::_upsample_bicubic2d_aa(planes, {size.height, size.width}, /*align_corners=*/false);
  return out.permute({0, 2, 3, 1}).contiguous();
}

// level -> (level - 255 mean) / (255 std), in the reference's order of f32 operations.
using Levels = std::array<std::array<float, 256>, 3>;

Levels normalized_levels(const ImageProcessorConfig& config) {
  Levels levels{};
  for (int c = 0; c < 3; ++c) {
    const float mean = static_cast<float>(config.mean[c]) * 255.0f, std = static_cast<float>(config.std[c]) * 255.0f;
    for (int level = 0; level < 256; ++level) levels[c][level] = (static_cast<float>(level) - mean) / std;
  }
  return levels;
}

}  // namespace

ImageSize smart_resize(ImageSize size, int64_t factor, int64_t min_pixels, int64_t max_pixels) {
  const int64_t height = size.height, width = size.width;
  if (height <= 0 || width <= 0) fail("a picture of {} x {} pixels cannot be resized", width, height);
  const double ratio = static_cast<double>(std::max(height, width)) / static_cast<double>(std::min(height, width));
  if (ratio > 200) {
    fail("the picture is {} x {} pixels: its sides have the ratio {:.1f}, and at most 200 is read; cut it", width,
         height, ratio);
  }
  ImageSize out{rounded_ratio(height, factor) * factor, rounded_ratio(width, factor) * factor};
  if (out.height * out.width > max_pixels) {
    const double beta = std::sqrt(static_cast<double>(height * width) / static_cast<double>(max_pixels));
    out.height = std::max(factor, floor_to(static_cast<double>(height) / beta, factor));
    out.width = std::max(factor, floor_to(static_cast<double>(width) / beta, factor));
  } else if (out.height * out.width < min_pixels) {
    const double beta = std::sqrt(static_cast<double>(min_pixels) / static_cast<double>(height * width));
    out.height = ceil_to(static_cast<double>(height) * beta, factor);
    out.width = ceil_to(static_cast<double>(width) * beta, factor);
  }
  return out;
}

// Rows in the order in which the merger takes them: 2x2 neighbours together. Inside a row [C, T, patch, patch], the
// one frame standing T times. As the reference's reshape (gt,T,C,gh/2,2,p,gw/2,2,p), permute (0,3,6,4,7,2,1,5,8).
Patches patches_of(const Image& image, const ImageProcessorConfig& config) {
  const int64_t patch = config.patch_size, merge = config.merge_size, frames = config.temporal_patch_size;
  const ImageSize size = smart_resize({image.height, image.width}, patch * merge, config.min_pixels, config.max_pixels);
  const at::Tensor pixels = resized(image, size);
  const uint8_t* const from = pixels.const_data_ptr<uint8_t>();
  const Levels levels = normalized_levels(config);

  Patches out;
  out.grid_height = size.height / patch;
  out.grid_width = size.width / patch;
  out.rows =
      at::empty({out.grid_height * out.grid_width, 3 * frames * patch * patch}, at::TensorOptions().dtype(at::kFloat));
  float* to = out.rows.mutable_data_ptr<float>();
  const auto write_patch = [&](int64_t top, int64_t left) {
    for (int c = 0; c < 3; ++c) {
      const float* const first_frame = to;
      for (int64_t y = 0; y < patch; ++y) {
        const uint8_t* row = from + 3 * ((top + y) * size.width + left) + c;
        for (int64_t x = 0; x < patch; ++x) *to++ = levels[c][row[3 * x]];
      }
      for (int64_t frame = 1; frame < frames; ++frame) to = std::copy_n(first_frame, patch * patch, to);
    }
  };
  for (int64_t block_y = 0; block_y < out.grid_height; block_y += merge) {
    for (int64_t block_x = 0; block_x < out.grid_width; block_x += merge) {
      for (int64_t y = block_y; y < block_y + merge; ++y) {
        for (int64_t x = block_x; x < block_x + merge; ++x) write_patch(y * patch, x * patch);
      }
    }
  }
  return out;
}

}  // namespace crescent
