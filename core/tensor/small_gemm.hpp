// Matrix products of the size of one attention head, where the call of a library would cost more than the product.
#pragma once

#include "core/tensor/lanes.hpp"

namespace crescent {

// A [M, K] read as a[m * row + k * column], so that a transposed matrix needs no copy.
template <class T>
struct StridedMatrix {
  const T* data;
  int64_t row, column;
};

namespace detail {

template <class T, int kRows, int kVectors>
inline void gemm_tile(int64_t inner, StridedMatrix<T> a, const T* b, int64_t b_row, T* c, int64_t c_row, bool add) {
  Lanes<T> sum[kRows][kVectors];
#pragma GCC unroll 4
  for (int i = 0; i < kRows; ++i)
#pragma GCC unroll 4
    for (int j = 0; j < kVectors; ++j) sum[i][j] = add ? load(c + i * c_row + j * kLanes<T>) : Lanes<T>{};
  for (int64_t k = 0; k < inner; ++k) {
    Lanes<T> right[kVectors];
#pragma GCC unroll 4
    for (int j = 0; j < kVectors; ++j) right[j] = load(b + k * b_row + j * kLanes<T>);
#pragma GCC unroll 4
    for (int i = 0; i < kRows; ++i) {
      const Lanes<T> left = broadcast(a.data[i * a.row + k * a.column]);
#pragma GCC unroll 4
      for (int j = 0; j < kVectors; ++j) sum[i][j] += left * right[j];
    }
  }
#pragma GCC unroll 4
  for (int i = 0; i < kRows; ++i)
#pragma GCC unroll 4
    for (int j = 0; j < kVectors; ++j) store(c + i * c_row + j * kLanes<T>, sum[i][j]);
}

template <class T, int kRows>
inline void gemm_rows(int64_t columns, int64_t inner, StridedMatrix<T> a, const T* b, int64_t b_row, T* c,
                      int64_t c_row, bool add) {
  int64_t n = 0;
  for (; n + 3 * kLanes<T> <= columns; n += 3 * kLanes<T>)
    gemm_tile<T, kRows, 3>(inner, a, b + n, b_row, c + n, c_row, add);
  if (n + 2 * kLanes<T> <= columns) {
    gemm_tile<T, kRows, 2>(inner, a, b + n, b_row, c + n, c_row, add);
    n += 2 * kLanes<T>;
  }
  if (n < columns) gemm_tile<T, kRows, 1>(inner, a, b + n, b_row, c + n, c_row, add);
}

}  // namespace detail

// C [rows, columns] = A B, or += with `add`. B and C are row-major with the given row strides; `columns` is a multiple
// of kLanes<T>. Four rows by three vectors of C stay in registers.
template <class T>
void small_gemm(int64_t rows, int64_t columns, int64_t inner, StridedMatrix<T> a, const T* b, int64_t b_row, T* c,
                int64_t c_row, bool add) {
  int64_t m = 0;
  const auto left = [&](int64_t first) { return StridedMatrix<T>{a.data + first * a.row, a.row, a.column}; };
  for (; m + 4 <= rows; m += 4) detail::gemm_rows<T, 4>(columns, inner, left(m), b, b_row, c + m * c_row, c_row, add);
  if (m + 2 <= rows) {
    detail::gemm_rows<T, 2>(columns, inner, left(m), b, b_row, c + m * c_row, c_row, add);
    m += 2;
  }
  if (m < rows) detail::gemm_rows<T, 1>(columns, inner, left(m), b, b_row, c + m * c_row, c_row, add);
}

}  // namespace crescent
