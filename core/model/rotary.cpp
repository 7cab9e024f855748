#include "core/model/rotary.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cos.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/pow.h>
#include <ATen/ops/reciprocal.h>
#include <ATen/ops/sin.h>

#include <algorithm>

#include "core/base/error.hpp"

namespace crescent {

RotaryTable::RotaryTable(const DecoderConfig& config)
    : max_positions_(config.max_positions), theta_(config.rope_theta), half_(config.head_dim() / 2) {
  for (size_t i = 0; i < config.mrope_section.size(); ++i) {
    axis_.insert(axis_.end(), config.mrope_section[i], static_cast<uint8_t>(i % 3));
  }
  grow(512);
}

void RotaryTable::grow(int64_t positions) {
  if (cos_.defined() && positions <= cos_.size(0)) return;
  const int64_t count = cos_.defined() ? std::max(positions, 2 * cos_.size(0)) : positions;
  const auto f32 = at::TensorOptions().dtype(at::kFloat);
  // In f32 and in this order of operations, as transformers computes them.
  const at::Tensor frequencies =
      at::reciprocal(at::pow(at::Scalar(theta_), at::arange(0, 2 * half_, 2, f32) / static_cast<double>(2 * half_)));
  const at::Tensor angles = at::arange(0, count, f32).unsqueeze(1) * frequencies;
  cos_ = at::cos(angles);
  sin_ = at::sin(angles);
}

Rotation RotaryTable::rows(std::span<const Position> positions, at::Device device) {
  int32_t most = 0;
  for (const Position& p : positions) {
    for (const int32_t axis : p) {
      if (axis < 0) fail("a row has the position {}; positions start at 0", axis);
      most = std::max(most, axis);
    }
  }
  grow(int64_t{most} + 1);
  const int64_t n = static_cast<int64_t>(positions.size());
  const at::Tensor cos = at::empty({n, half_}, cos_.options()), sin = at::empty({n, half_}, sin_.options());
  const float *from_cos = cos_.const_data_ptr<float>(), *from_sin = sin_.const_data_ptr<float>();
  float *to_cos = cos.mutable_data_ptr<float>(), *to_sin = sin.mutable_data_ptr<float>();
  for (int64_t r = 0; r < n; ++r) {
    for (int64_t i = 0; i < half_; ++i) {
      const int64_t from = positions[r][axis_[i]] * half_ + i;
      to_cos[r * half_ + i] = from_cos[from];
      to_sin[r * half_ + i] = from_sin[from];
    }
  }
  return {cos.to(device), sin.to(device)};
}

Rotation RotaryTable::text_rows(const at::Tensor& positions) {
  if (positions.device().is_cpu()) {
    const int64_t* p = positions.const_data_ptr<int64_t>();
    for (int64_t i = 0; i < positions.numel(); ++i) grow(p[i] + 1);
    return {cos_.index_select(0, positions), sin_.index_select(0, positions)};
  }
  if (!on_device_.cos.defined() || on_device_.cos.device() != positions.device()) {
    grow(max_positions_);
    on_device_ = {cos_.to(positions.device()), sin_.to(positions.device())};
  }
  return {on_device_.cos.index_select(0, positions), on_device_.sin.index_select(0, positions)};
}

}  // namespace crescent
