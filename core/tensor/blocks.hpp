// The two halves of a transformer layer that surround attention, each one autograd node. On the CPU (f32 and f64) they
// walk over tiles of rows, so that what lies between two matrix products stays in cache.
// Elsewhere, and as the reference of the tests, the ATen twin `*_reference`.
// [main-thread]; deterministic for a given number of threads.
#pragma once

#include <ATen/core/Tensor.h>

#include <tuple>

#include "core/tensor/panels.hpp"

namespace crescent {

struct QkvWeights {
  at::Tensor norm;    // [d] of the RMSNorm before
  at::Tensor weight;  // [(heads + 2 kv_heads) D, d] rows of q, k, v
  at::Tensor bias;    // [(heads + 2 kv_heads) D] or undefined
  Panels panels;      // of `weight` where it is laid out already
  Precision precision = Precision::f32;
};

struct Rotation {       // of each row, in the layout of two halves
  at::Tensor cos, sin;  // [N, D/2]
};

using Qkv = std::tuple<at::Tensor, at::Tensor, at::Tensor>;  // q [N, heads, D], k and v [N, kv_heads, D]

// RMSNorm, fused projection, then q and k rotated (Su et al., 2104.09864): x_i' = x_i cos_i - x_(i+D/2) sin_i and
// x_(i+D/2)' = x_(i+D/2) cos_i + x_i sin_i. x [N, d]
Qkv qkv_block(const at::Tensor& x, const QkvWeights& weights, const Rotation& rotation, int64_t heads, int64_t kv_heads,
              double eps);
Qkv qkv_block_reference(const at::Tensor& x, const QkvWeights& weights, const Rotation& rotation, int64_t heads,
                        int64_t kv_heads, double eps);

struct MlpWeights {
  at::Tensor norm;                     // [d]
  at::Tensor gate_up;                  // [2F, d] rows of gate, then of up
  at::Tensor gate_up_bias;             // [2F] or undefined
  at::Tensor down;                     // [d, F]
  at::Tensor down_bias;                // [d] or undefined
  Panels gate_up_panels, down_panels;  // of these weights where they are laid out already
  Precision precision = Precision::f32;
};

// x + down(silu(gate(h)) * up(h)) with h = RMSNorm(x) (SwiGLU: Shazeer, 2002.05202, eq. 6). x [N, d] -> [N, d]
at::Tensor mlp_block(const at::Tensor& x, const MlpWeights& weights, double eps);
at::Tensor mlp_block_reference(const at::Tensor& x, const MlpWeights& weights, double eps);

}  // namespace crescent
