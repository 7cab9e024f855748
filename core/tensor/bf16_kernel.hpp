// Products of bf16 numbers that are added up in f32, by AMX (Intel, Architecture Instruction Set Extensions, chapter
// 3): sixteen times the rate of f32. Operands are rounded to bf16, to nearest and ties to even, as they are laid out.
// Single-threaded: callers divide.
#pragma once

#include <cstdint>

namespace crescent {

bool has_bf16_products();  // this CPU has AMX and the system lets this process use it; the others need it

// Pairs of bf16 numbers, in 32 bits, are what those instructions multiply. `depth`: half the length of the sums,
// rounded up to whole registers; what is filled up is zero.
inline constexpr int64_t kBf16Lines = 16;  // rows, and pairs, of an AMX tile
inline constexpr int64_t kBf16Panel = 32;  // columns of a panel
inline int64_t bf16_depth(int64_t inner) { return (inner + 31) / 32 * kBf16Lines; }
inline int64_t bf16_lines(int64_t rows) { return (rows + kBf16Lines - 1) / kBf16Lines * kBf16Lines; }
inline int64_t bf16_panels(int64_t columns) { return (columns + kBf16Panel - 1) / kBf16Panel; }

// The left operand A [m, k] as lines [bf16_lines(m), bf16_depth(k)] of pairs along k, from A or from its transpose.
void bf16_left(int64_t m, int64_t k, const float* a, uint32_t* to);
void bf16_left_of_transposed(int64_t m, int64_t k, const float* a_t, uint32_t* to);  // a_t [k, m]

// The right operand B [k, n] as panels [bf16_panels(n), bf16_depth(k), kBf16Panel], from B or from its transpose.
void bf16_right(int64_t k, int64_t n, const float* b, uint32_t* to);
void bf16_right_of_transposed(int64_t k, int64_t n, const float* b_t, uint32_t* to);  // b_t [n, k]

// C [m, n] = A B, or += with `add`; rows of C are `c_row` apart. An element's sum does not depend on the others.
void bf16_product(int64_t m, int64_t n, int64_t depth, const uint32_t* left, const uint32_t* right, float* c,
                  int64_t c_row, bool add);

}  // namespace crescent
