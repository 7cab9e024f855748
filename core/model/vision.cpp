#include "core/model/vision.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/cos.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/pow.h>
#include <ATen/ops/reciprocal.h>
#include <ATen/ops/sin.h>
#include <ATen/ops/tensor.h>
#include <ATen/record_function.h>

#include <algorithm>
#include <array>

#include "core/base/error.hpp"
#include "core/tensor/attention.hpp"
#include "core/tensor/linear.hpp"
#include "core/tensor/ops.hpp"

namespace crescent {
namespace {

constexpr double kEps = 1e-6;  // the tower's norms, whatever the config says
constexpr double kTheta = 10000;

void check_grid(const VisionConfig& c, const ImageGrid& g) {
  if (g.height < 1 || g.width < 1 || g.height % c.spatial_merge_size != 0 || g.width % c.spatial_merge_size != 0) {
    fail("an image of {} x {} patches cannot be merged {} by {}; its sides must be multiples", g.height, g.width,
         c.spatial_merge_size, c.spatial_merge_size);
  }
}

// Units window by window, each window row by row; windows at the right and bottom edge are smaller.
void order_windows(const VisionConfig& c, const ImageGrid& g, VisionPlan& plan) {
  const int64_t merge = c.spatial_merge_size, side = c.window_size / merge / c.patch_size;
  const int64_t rows = g.height / merge, columns = g.width / merge, unit = merge * merge;
  for (int64_t top = 0; top < rows; top += side) {
    for (int64_t left = 0; left < columns; left += side) {
      const int64_t start = static_cast<int64_t>(plan.unit_order.size());
      for (int64_t y = top; y < std::min(rows, top + side); ++y)
        for (int64_t x = left; x < std::min(columns, left + side); ++x) plan.unit_order.push_back(y * columns + x);
      const int64_t units = static_cast<int64_t>(plan.unit_order.size()) - start;
      plan.windows.push_back({start * unit, units * unit, 0, 0});
    }
  }
}

// Angles of each patch's row and column; half of the pairs turn with each.
Rotation patch_rotation(const VisionConfig& c, const ImageGrid& g, const std::vector<int64_t>& unit_order) {
  const int64_t merge = c.spatial_merge_size, columns = g.width / merge, dim = c.hidden_size / c.heads;
  std::vector<float> rows_of, columns_of;
  for (const int64_t unit : unit_order) {
    for (int64_t i = 0; i < merge * merge; ++i) {
      rows_of.push_back(static_cast<float>(unit / columns * merge + i / merge));
      columns_of.push_back(static_cast<float>(unit % columns * merge + i % merge));
    }
  }
  const auto f32 = at::TensorOptions().dtype(at::kFloat);
  const double spatial = static_cast<double>(dim / 2);
  const at::Tensor frequencies = at::reciprocal(at::pow(at::Scalar(kTheta), at::arange(0, dim / 2, 2, f32) / spatial));
  const at::Tensor angles = at::cat(
      {at::tensor(rows_of, f32).unsqueeze(1) * frequencies, at::tensor(columns_of, f32).unsqueeze(1) * frequencies}, 1);
  return {at::cos(angles), at::sin(angles)};
}

std::vector<int64_t> inverse(const std::vector<int64_t>& order) {
  std::vector<int64_t> places(order.size());
  for (size_t i = 0; i < order.size(); ++i) places[order[i]] = static_cast<int64_t>(i);
  return places;
}

at::Tensor index(const std::vector<int64_t>& values, at::Device device) {
  return at::tensor(values, at::kLong).to(device);
}

}  // namespace

const VisionPlan& VisionPlanner::plan_one(const ImageGrid& grid) {
  const auto key = std::pair(grid.height, grid.width);
  if (const auto found = known_.find(key); found != known_.end()) return found->second;
  check_grid(config_, grid);
  VisionPlan plan;
  order_windows(config_, grid, plan);
  plan.places = inverse(plan.unit_order);
  plan.in_order = std::is_sorted(plan.unit_order.begin(), plan.unit_order.end());
  plan.images.push_back({0, grid.height * grid.width, 0, 0});
  plan.rotation = patch_rotation(config_, grid, plan.unit_order);
  return known_.emplace(key, std::move(plan)).first->second;
}

VisionPlan VisionPlanner::plan(std::span<const ImageGrid> images) {
  VisionPlan all;
  std::vector<at::Tensor> cos, sin;
  int64_t rows = 0;
  for (const ImageGrid& grid : images) {
    const VisionPlan& one = plan_one(grid);
    const int64_t units = static_cast<int64_t>(all.unit_order.size());
    for (const int64_t u : one.unit_order) all.unit_order.push_back(units + u);
    for (const int64_t p : one.places) all.places.push_back(units + p);
    for (const Segment& w : one.windows) all.windows.push_back({rows + w.start, w.length, 0, 0});
    all.images.push_back({rows, one.images[0].length, 0, 0});
    rows += one.images[0].length;
    all.in_order = all.in_order && one.in_order;
    cos.push_back(one.rotation.cos);
    sin.push_back(one.rotation.sin);
  }
  all.rotation = {at::cat(cos), at::cat(sin)};
  return all;
}

at::Tensor vision_features(const VisionConfig& c, const VisionWeights& w, const at::Tensor& patches,
                           const VisionPlan& plan) {
  RECORD_USER_SCOPE("vision tower");
  const int64_t rows = patches.size(0), d = c.hidden_size, unit = c.spatial_merge_size * c.spatial_merge_size;
  const auto device = w.patch.device();
  if (patches.size(1) != c.patch_dim() || rows != plan.images.back().start + plan.images.back().length) {
    fail("patches [{}] do not fit {} images, which have {} patches of {} values", fmt::join(patches.sizes(), ", "),
         plan.images.size(), plan.images.back().start + plan.images.back().length, c.patch_dim());
  }
  // The tower's convolution has its stride as its kernel: one product. [P, C*T*patch*patch] -> [P, d]
  at::Tensor x = linear(patches.to(device), w.patch.view({d, -1}), {}, w.precision);
  if (!plan.in_order)
    x = x.view({rows / unit, unit * d}).index_select(0, index(plan.unit_order, device)).view({rows, d});
  const Rotation rotation{plan.rotation.cos.to(device), plan.rotation.sin.to(device)};
  for (int64_t i = 0; i < c.layers; ++i) {
    const VisionBlock& block = w.blocks[i];
    const bool full = std::count(c.full_attention_blocks.begin(), c.full_attention_blocks.end(), i) > 0;
    const auto [q, k, v] = qkv_block(x, block.qkv, rotation, c.heads, c.heads, kEps);
    const at::Tensor seen = packed_attention(q, k, v, full ? plan.images : plan.windows, AttentionMask::full);
    x = linear(seen, block.out, x + block.out_bias, w.precision);
    x = mlp_block(x, block.mlp, kEps);
  }
  const at::Tensor merged = rms_norm(x, w.merger_norm, kEps).view({rows / unit, unit * d});
  const auto biased = [&](const at::Tensor& rows, const at::Tensor& weight, const at::Tensor& bias) {
    return linear(rows, weight, bias.expand({rows.size(0), -1}), w.precision);
  };
  const at::Tensor out =
      biased(at::gelu(biased(merged, w.merger_in, w.merger_in_bias)), w.merger_out, w.merger_out_bias);
  return plan.in_order ? out : out.index_select(0, index(plan.places, device));
}

}  // namespace crescent
