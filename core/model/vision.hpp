// The vision tower and its merger (Qwen2.5-VL, 2502.13923, section 2.1.1).
#pragma once

#include <ATen/core/Tensor.h>

#include <map>
#include <span>
#include <utility>
#include <vector>

#include "core/model/config.hpp"
#include "core/model/input.hpp"
#include "core/model/weights.hpp"
#include "core/tensor/blocks.hpp"

namespace crescent {

// What depends on the sizes of images alone. Patches come in the order of the processor, 2x2 merged units one after
// another; inside the tower units are reordered so that each window is a run of rows.
struct VisionPlan {
  std::vector<int64_t> unit_order;  // [U] unit at each place inside the tower
  std::vector<int64_t> places;      // [U] its inverse
  std::vector<Segment> windows;     // rows of patches, in the order of the tower
  std::vector<Segment> images;      // rows of patches of each image
  Rotation rotation;                // [P, head_dim / 2] in the order of the tower
  bool in_order = true;             // unit_order is the identity
};

class VisionPlanner {  // [main-thread]; remembers the plan of each size of image
 public:
  explicit VisionPlanner(const VisionConfig& config) : config_(config) {}
  VisionPlan plan(std::span<const ImageGrid> images);

 private:
  const VisionPlan& plan_one(const ImageGrid& grid);
  VisionConfig config_;
  std::map<std::pair<int64_t, int64_t>, VisionPlan> known_;
};

// patches [P, C*T*patch*patch] f32 -> [P / merge^2, out_hidden] in the order of the processor
at::Tensor vision_features(const VisionConfig& config, const VisionWeights& weights, const at::Tensor& patches,
                           const VisionPlan& plan);

}  // namespace crescent
