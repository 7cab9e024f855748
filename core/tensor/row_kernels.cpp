#pragma GCC optimize("O3", "no-math-errno")
#include "core/tensor/row_kernels.hpp"

#include <algorithm>

#include "core/tensor/lanes.hpp"

namespace crescent {
namespace {

// sum over i of term(i), lanes first: term is called with a vector at i and, in the tail, with a scalar.
template <class T>
T dot(const T* a, const T* b, int64_t n) {
  constexpr int64_t width = kLanes<T>;
  Lanes<T> sum{};
  int64_t i = 0;
  for (; i + width <= n; i += width) sum += load(a + i) * load(b + i);
  T total = sum_lanes(sum);
  for (; i < n; ++i) total += a[i] * b[i];
  return total;
}

template <class T>
T dot3(const T* a, const T* b, const T* c, int64_t n) {
  constexpr int64_t width = kLanes<T>;
  Lanes<T> sum{};
  int64_t i = 0;
  for (; i + width <= n; i += width) sum += load(a + i) * load(b + i) * load(c + i);
  T total = sum_lanes(sum);
  for (; i < n; ++i) total += a[i] * b[i] * c[i];
  return total;
}

// f(vector or scalar, index) over [0, n): `f` is generic in its first argument's width.
template <class T, class F>
void for_lanes(int64_t n, F f) {
  constexpr int64_t width = kLanes<T>;
  int64_t i = 0;
  for (; i + width <= n; i += width)
    f(
        i, [](const T* p) { return load(p); }, [](T* p, Lanes<T> v) { store(p, v); });
  for (; i < n; ++i) {  // the tail, one element in a register of its own
    f(
        i, [](const T* p) { return broadcast(*p); }, [](T* p, Lanes<T> v) { *p = v[0]; });
  }
}

}  // namespace

template <class T>
void rms_norm_rows(int64_t rows, int64_t d, const T* x, const T* weight, T eps, T* y, T* rstd) {
  for (int64_t r = 0; r < rows; ++r) {
    const T* row = x + r * d;
    T* out = y + r * d;
    const T scale = 1 / std::sqrt(dot(row, row, d) / static_cast<T>(d) + eps);
    rstd[r] = scale;
    for (int64_t i = 0; i < d; ++i) out[i] = row[i] * scale * weight[i];
  }
}

template <class T>
void rms_norm_backward_rows(int64_t rows, int64_t d, const T* x, const T* weight, const T* rstd, const T* grad_y,
                            const T* residual, T* grad_x, T* grad_weight) {
  for (int64_t r = 0; r < rows; ++r) {
    const T *row = x + r * d, *grad = grad_y + r * d;
    T* out = grad_x + r * d;
    const T scale = rstd[r];
    // With u = x rstd and g = grad weight: d/dx = rstd (g - u mean(g u)).
    const T mean = dot3(grad, weight, row, d) * scale / static_cast<T>(d);
    for (int64_t i = 0; i < d; ++i) grad_weight[i] += grad[i] * (row[i] * scale);
    if (residual != nullptr) {
      const T* add = residual + r * d;
      for (int64_t i = 0; i < d; ++i) out[i] = add[i] + scale * (grad[i] * weight[i] - row[i] * scale * mean);
    } else {
      for (int64_t i = 0; i < d; ++i) out[i] = scale * (grad[i] * weight[i] - row[i] * scale * mean);
    }
  }
}

template <class T>
void silu_mul_rows(int64_t rows, int64_t width, T* gate_up, const T* bias, T* act) {
  for (int64_t r = 0; r < rows; ++r) {
    T *gate = gate_up + r * 2 * width, *up = gate + width, *out = act + r * width;
    if (bias != nullptr) {
      for (int64_t i = 0; i < 2 * width; ++i) gate[i] += bias[i];
    }
    for_lanes<T>(width, [&](int64_t i, auto get, auto put) {
      const Lanes<T> g = get(gate + i);
      put(out + i, g / (T{1} + exp_lanes(-g)) * get(up + i));
    });
  }
}

template <class T>
void silu_mul_backward_rows(int64_t rows, int64_t width, const T* gate_up, const T* grad_act, T* act, T* grad_gate_up) {
  for (int64_t r = 0; r < rows; ++r) {
    const T *gate = gate_up + r * 2 * width, *up = gate + width, *grad = grad_act + r * width;
    T *grad_gate = grad_gate_up + r * 2 * width, *grad_up = grad_gate + width, *out = act + r * width;
    for_lanes<T>(width, [&](int64_t i, auto get, auto put) {
      const Lanes<T> g = get(gate + i), u = get(up + i), a = get(grad + i);
      const Lanes<T> sigmoid = T{1} / (T{1} + exp_lanes(-g)), silu = g * sigmoid;
      put(out + i, silu * u);
      put(grad_up + i, a * silu);
      put(grad_gate + i, a * u * (sigmoid + silu * (T{1} - sigmoid)));  // silu' = s + g s (1 - s)
    });
  }
}

template <class T>
void add_column_sums(int64_t rows, int64_t d, const T* from, T* to) {
  for (int64_t r = 0; r < rows; ++r) {
    const T* row = from + r * d;
    for (int64_t i = 0; i < d; ++i) to[i] += row[i];
  }
}

namespace {

// out = (a cos - b sin | b cos + a sin) for in = (a | b); with `sign` -1 the transpose.
template <class T>
void rotate_head(int64_t half, const T* in, const T* bias, const T* cos, const T* sin, T sign, T* out) {
  if (bias != nullptr) {
    for (int64_t i = 0; i < half; ++i) {
      const T a = in[i] + bias[i], b = in[i + half] + bias[i + half];
      out[i] = a * cos[i] - b * (sign * sin[i]);
      out[i + half] = b * cos[i] + a * (sign * sin[i]);
    }
  } else {
    for (int64_t i = 0; i < half; ++i) {
      const T a = in[i], b = in[i + half];
      out[i] = a * cos[i] - b * (sign * sin[i]);
      out[i + half] = b * cos[i] + a * (sign * sin[i]);
    }
  }
}

}  // namespace

template <class T>
void rotate_rows(int64_t rows, const RotaryShape& s, const T* qkv, const T* bias, const T* cos, const T* sin, T* q,
                 T* k, T* v) {
  const int64_t dim = s.head_dim, half = dim / 2;
  for (int64_t r = 0; r < rows; ++r) {
    const T *in = qkv + r * s.width(), *c = cos + r * half, *n = sin + r * half, *b = bias;
    const auto rotated = [&](int64_t heads, T* out) {
      for (int64_t h = 0; h < heads; ++h, in += dim, b += bias == nullptr ? 0 : dim)
        rotate_head(half, in, b, c, n, T{1}, out + h * dim);
    };
    rotated(s.heads, q + r * s.heads * dim);
    rotated(s.kv_heads, k + r * s.kv_heads * dim);
    T* out = v + r * s.kv_heads * dim;
    for (int64_t i = 0; i < s.kv_heads * dim; ++i) out[i] = bias == nullptr ? in[i] : in[i] + b[i];
  }
}

template <class T>
void rotate_backward_rows(int64_t rows, const RotaryShape& s, const T* grad_q, const T* grad_k, const T* grad_v,
                          const T* cos, const T* sin, T* grad_qkv) {
  const int64_t dim = s.head_dim, half = dim / 2;
  for (int64_t r = 0; r < rows; ++r) {
    const T *c = cos + r * half, *n = sin + r * half;
    T* out = grad_qkv + r * s.width();
    const auto rotated = [&](int64_t heads, const T* in) {
      for (int64_t h = 0; h < heads; ++h, out += dim)
        rotate_head(half, in + h * dim, static_cast<const T*>(nullptr), c, n, T{-1}, out);
    };
    rotated(s.heads, grad_q + r * s.heads * dim);
    rotated(s.kv_heads, grad_k + r * s.kv_heads * dim);
    std::copy_n(grad_v + r * s.kv_heads * dim, s.kv_heads * dim, out);
  }
}

#define CRESCENT_INSTANTIATE(T)                                                                                     \
  template void rms_norm_rows(int64_t, int64_t, const T*, const T*, T, T*, T*);                                     \
  template void rms_norm_backward_rows(int64_t, int64_t, const T*, const T*, const T*, const T*, const T*, T*, T*); \
  template void silu_mul_rows(int64_t, int64_t, T*, const T*, T*);                                                  \
  template void silu_mul_backward_rows(int64_t, int64_t, const T*, const T*, T*, T*);                               \
  template void add_column_sums(int64_t, int64_t, const T*, T*);                                                    \
  template void rotate_rows(int64_t, const RotaryShape&, const T*, const T*, const T*, const T*, T*, T*, T*);       \
  template void rotate_backward_rows(int64_t, const RotaryShape&, const T*, const T*, const T*, const T*, const T*, T*)
CRESCENT_INSTANTIATE(float);
CRESCENT_INSTANTIATE(double);

}  // namespace crescent
