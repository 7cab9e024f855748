// Row-wise CPU kernels, single-threaded: callers divide the rows. f32 and f64. All pointers are to contiguous rows.
#pragma once

#include <cstdint>

namespace crescent {

// y = x * rstd * weight and rstd = 1 / sqrt(mean(x^2) + eps). x, y [rows, d]; rstd [rows]
template <class T>
void rms_norm_rows(int64_t rows, int64_t d, const T* x, const T* weight, T eps, T* y, T* rstd);

// grad_x = d loss / d x (+ `residual` where not null) and grad_weight += its share. grad_y, grad_x, residual [rows, d].
// grad_x may be grad_y or residual.
template <class T>
void rms_norm_backward_rows(int64_t rows, int64_t d, const T* x, const T* weight, const T* rstd, const T* grad_y,
                            const T* residual, T* grad_x, T* grad_weight);

// gate_up [rows, 2F] += bias [2F] where not null; act [rows, F] = silu(gate) * up
template <class T>
void silu_mul_rows(int64_t rows, int64_t width, T* gate_up, const T* bias, T* act);

// grad_act [rows, F] -> grad_gate_up [rows, 2F], and act again for the gradient of the down projection.
template <class T>
void silu_mul_backward_rows(int64_t rows, int64_t width, const T* gate_up, const T* grad_act, T* act, T* grad_gate_up);

// to[d] += sum over rows of from [rows, d]
template <class T>
void add_column_sums(int64_t rows, int64_t d, const T* from, T* to);

struct RotaryShape {
  int64_t heads = 0, kv_heads = 0, head_dim = 0;
  int64_t width() const { return (heads + 2 * kv_heads) * head_dim; }
};

// One tile of rows: qkv [rows, width] plus bias [width] where not null, q and k rotated by cos, sin [rows, D/2], into
// q [rows, heads, D], k and v [rows, kv_heads, D].
template <class T>
void rotate_rows(int64_t rows, const RotaryShape& shape, const T* qkv, const T* bias, const T* cos, const T* sin, T* q,
                 T* k, T* v);

// The transpose of rotate_rows: grad_qkv [rows, width] from the gradients of q, k, v.
template <class T>
void rotate_backward_rows(int64_t rows, const RotaryShape& shape, const T* grad_q, const T* grad_k, const T* grad_v,
                          const T* cos, const T* sin, T* grad_qkv);

}  // namespace crescent
