// Vector registers of 256 bits for the CPU kernels, by g++'s vector extension: the same code for f32 and f64, so that
// finite differences in f64 check what runs in f32.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

namespace crescent {

using Float8 = float __attribute__((vector_size(32)));
using Int8 = int32_t __attribute__((vector_size(32)));
using Double4 = double __attribute__((vector_size(32)));

template <class T>
struct LanesOf;
template <>
struct LanesOf<float> {
  using type = Float8;
};
template <>
struct LanesOf<double> {
  using type = Double4;
};
template <class T>
using Lanes = typename LanesOf<T>::type;
template <class T>
inline constexpr int64_t kLanes = sizeof(Lanes<T>) / sizeof(T);

template <class T>
inline int64_t round_up_to_lanes(int64_t n) {
  return (n + kLanes<T> - 1) / kLanes<T> * kLanes<T>;
}

template <class T>
inline Lanes<T> load(const T* p) {
  Lanes<T> v;
  std::memcpy(&v, p, sizeof v);
  return v;
}

template <class T>
inline void store(T* p, Lanes<T> v) {
  std::memcpy(p, &v, sizeof v);
}

template <class T>
inline Lanes<T> broadcast(T x) {
  return x - Lanes<T>{};
}

inline float sum_lanes(Float8 v) { return ((v[0] + v[4]) + (v[1] + v[5])) + ((v[2] + v[6]) + (v[3] + v[7])); }
inline double sum_lanes(Double4 v) { return (v[0] + v[2]) + (v[1] + v[3]); }

template <class V>
inline V max_lanes(V a, V b) {
  return a > b ? a : b;
}

// e^x by 2^n e^r, |r| <= ln 2 / 2, and a polynomial of degree 6 (Cephes): within 2 ulp; 0 below -87.3.
inline Float8 exp_lanes(Float8 x) {
  const Float8 low = broadcast(-87.3f), high = broadcast(88.7f);
  const Float8 clamped = x < low ? low : (x > high ? high : x);
  const Float8 shifted = clamped * 1.44269504088896341f + 12582912.f;  // 1.5 * 2^23: rounds to an integer
  const Float8 n = shifted - 12582912.f;
  const Float8 r = (clamped - n * 0.693359375f) + n * 2.12194440e-4f;
  Float8 y = r * 1.9875691500e-4f + 1.3981999507e-3f;
  y = y * r + 8.3334519073e-3f;
  y = y * r + 4.1665795894e-2f;
  y = y * r + 1.6666665459e-1f;
  y = y * r + 5.0000001201e-1f;
  y = y * (r * r) + r + 1.f;
  const Int8 bits = reinterpret_cast<Int8>(y) + (__builtin_convertvector(n, Int8) << 23);
  return x < low ? Float8{} : reinterpret_cast<Float8>(bits);
}

inline Double4 exp_lanes(Double4 x) { return Double4{std::exp(x[0]), std::exp(x[1]), std::exp(x[2]), std::exp(x[3])}; }

template <class T>
inline T exp_scalar(T x) {
  return exp_lanes(broadcast(x))[0];  // the same rounding in the tail of a row as in its middle
}

}  // namespace crescent
