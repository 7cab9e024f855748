// Small row-wise operations of a transformer, each with its own backward. On the CPU (f32 and f64) they run in one
// pass over memory; on other devices, and as the reference that tests compare with, in the ATen twin `*_reference`.
// All are [main-thread] and deterministic for a given number of threads.
#pragma once

#include <ATen/core/Tensor.h>

namespace crescent {

// y = x / sqrt(mean(x^2) + eps) * weight over the last dimension (Zhang & Sennrich, 1910.07467, eq. 4).
// x [N, d], weight [d] -> [N, d]
at::Tensor rms_norm(const at::Tensor& x, const at::Tensor& weight, double eps);
at::Tensor rms_norm_reference(const at::Tensor& x, const at::Tensor& weight, double eps);

// Rows of `table` by token, with the rows at `image_rows` replaced by `features` in order. Undefined features: no
// image. table [V, d], tokens [N] i64, image_rows [P] i64, features [P, d] -> [N, d]. Throws Error for a token outside
// [0, V).
at::Tensor embed_rows(const at::Tensor& table, const at::Tensor& tokens, const at::Tensor& image_rows,
                      const at::Tensor& features);
at::Tensor embed_rows_reference(const at::Tensor& table, const at::Tensor& tokens, const at::Tensor& image_rows,
                                const at::Tensor& features);

}  // namespace crescent
