// The machine's rate of matrix products, which other figures are held against.
#pragma once

#include <cstdint>

namespace crescent {

// FLOP/s (2 m k n a product) of at::mm, f32 on the CPU, with as many threads as ATen has: the best of `repeats`
// products [m, k] [n, k]^T whose operands are in cache.
double gemm_rate(int64_t m, int64_t k, int64_t n, int repeats = 50);

// The best over shapes as small models have them, up to [256, 256] [768, 256]^T; takes some 30 ms.
double best_gemm_rate();

}  // namespace crescent
