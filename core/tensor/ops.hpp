// Small row-wise operations of a transformer, each with its own backward. On the CPU (f32 and f64) they run in one
// pass over memory; on other devices, and as the reference that tests compare with, in the ATen twin `*_reference`.
// All are [main-thread] and deterministic for a given number of threads.
#pragma once

#include <ATen/core/Tensor.h>

#include <span>
#include <tuple>

namespace crescent {

// y = x / sqrt(mean(x^2) + eps) * weight over the last dimension (Zhang & Sennrich, 1910.07467, eq. 4).
// x [N, d], weight [d] -> [N, d]
at::Tensor rms_norm(const at::Tensor& x, const at::Tensor& weight, double eps);
at::Tensor rms_norm_reference(const at::Tensor& x, const at::Tensor& weight, double eps);

// SwiGLU (Shazeer, 2002.05202, eq. 6): silu(gate) * up. gate_up [N, 2F] = (gate | up) -> [N, F]
at::Tensor silu_mul(const at::Tensor& gate_up);
at::Tensor silu_mul_reference(const at::Tensor& gate_up);

// Splits the fused projection and rotates q and k: x_i' = x_i cos_i - x_(i+D/2) sin_i, and x_(i+D/2)' = x_(i+D/2) cos_i
// + x_i sin_i (Su et al., 2104.09864, in the halves layout of transformers).
// qkv [N, (heads + 2 kv_heads) D], cos and sin [N, D/2] -> q [N, heads, D], k and v [N, kv_heads, D]
std::tuple<at::Tensor, at::Tensor, at::Tensor> rotary_qkv(const at::Tensor& qkv, const at::Tensor& cos,
                                                          const at::Tensor& sin, int64_t heads, int64_t kv_heads);
std::tuple<at::Tensor, at::Tensor, at::Tensor> rotary_qkv_reference(const at::Tensor& qkv, const at::Tensor& cos,
                                                                    const at::Tensor& sin, int64_t heads,
                                                                    int64_t kv_heads);

// Rows of `table` by token, with the rows at `image_rows` replaced by `features` in order. Undefined features: no image.
// table [V, d], tokens [N] i64, image_rows [P] i64, features [P, d] -> [N, d]
at::Tensor embed_rows(const at::Tensor& table, const at::Tensor& tokens, const at::Tensor& image_rows,
                      const at::Tensor& features);
at::Tensor embed_rows_reference(const at::Tensor& table, const at::Tensor& tokens, const at::Tensor& image_rows,
                                const at::Tensor& features);

}  // namespace crescent
