// Cosines and sines of the decoder's rotary positions (M-RoPE: Qwen2-VL, 2409.12191, section 2.1).
#pragma once

#include <ATen/core/Tensor.h>

#include <span>
#include <vector>

#include "core/model/config.hpp"
#include "core/model/input.hpp"
#include "core/tensor/blocks.hpp"

namespace crescent {

class RotaryTable {  // [main-thread]; grows with the largest position seen
 public:
  explicit RotaryTable(const DecoderConfig& config);
  Rotation rows(std::span<const Position> positions, at::Device device);  // [N, D/2]
  // Text rows, equal on all axes: positions [B] i64 on `device`. On the CPU the table grows; elsewhere it is made for
  // the config's max_positions, since looking at the largest position would stall the device.
  Rotation text_rows(const at::Tensor& positions);

 private:
  void grow(int64_t positions);
  int64_t max_positions_;
  double theta_;
  int64_t half_;               // head_dim / 2
  std::vector<uint8_t> axis_;  // [half] which of the three positions turns this pair
  at::Tensor cos_, sin_;       // [P, half] f32 on the CPU
  Rotation on_device_;         // the same on another device, once asked for
};

}  // namespace crescent
