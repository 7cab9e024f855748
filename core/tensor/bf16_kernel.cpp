#pragma GCC optimize("O3")
#include "core/tensor/bf16_kernel.hpp"

// g++ 12 takes its own intrinsics' undefined registers for a mistake (gcc.gnu.org/PR105593).
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wuninitialized"
#include <immintrin.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

// For kernels alone, not for the file: a function of a header that is compiled for AVX-512 here would be taken for the
// whole program by the linker.
#define CRESCENT_BF16 __attribute__((target("avx512f,avx512bw,avx512vl,avx512bf16")))
#define CRESCENT_AMX __attribute__((target("amx-tile,amx-bf16")))

namespace crescent {
namespace {

// Linux gives a process the registers of AMX when it asks (arch/x86/include/uapi/asm/prctl.h).
bool amx_is_granted() {
  constexpr long kRequestPermission = 0x1023, kTileData = 18;
  return syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
}

bool find_amx() {
  if (!__builtin_cpu_supports("avx512bf16") || !__builtin_cpu_supports("avx512bw")) return false;
  unsigned a = 0, b = 0, c = 0, d = 0;
  __asm__("cpuid" : "=a"(a), "=b"(b), "=c"(c), "=d"(d) : "a"(7), "c"(0));
  return (d >> 22 & 1) != 0 && (d >> 24 & 1) != 0 && amx_is_granted();  // AMX-BF16, AMX-TILE
}

__mmask16 first_lanes(int64_t count) { return static_cast<__mmask16>((1u << std::clamp<int64_t>(count, 0, 16)) - 1); }

// 32 numbers, of which the first `count` count, as 16 pairs of neighbours.
CRESCENT_BF16 inline __m512i neighbours(const float* from, int64_t count) {
  const __m512 low = _mm512_maskz_loadu_ps(first_lanes(count), from),
               high = _mm512_maskz_loadu_ps(first_lanes(count - 16), from + 16);
  return reinterpret_cast<__m512i>(_mm512_cvtne2ps_pbh(high, low));
}

// Columns 0..15 of two rows as pairs; the first `count` columns count. A null row is zero.
CRESCENT_BF16 inline __m512i two_rows(const float* first, const float* second, int64_t count) {
  const __mmask16 mask = first_lanes(count);
  const auto half = [&](const float* row) CRESCENT_BF16 {
    const __m512 values = row == nullptr ? _mm512_setzero_ps() : _mm512_maskz_loadu_ps(mask, row);
    return _mm512_cvtepu16_epi32(reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(values)));
  };
  return _mm512_or_si512(half(first), _mm512_slli_epi32(half(second), 16));
}

// Rows become columns. Four rounds, each of which swaps the halves of twice as narrow blocks.
CRESCENT_BF16 inline void transpose(__m512i* r) {
  __m512i t[16];
#pragma GCC unroll 8
  for (int i = 0; i < 8; ++i) {
    t[2 * i] = _mm512_unpacklo_epi32(r[2 * i], r[2 * i + 1]);
    t[2 * i + 1] = _mm512_unpackhi_epi32(r[2 * i], r[2 * i + 1]);
  }
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    r[4 * i] = _mm512_unpacklo_epi64(t[4 * i], t[4 * i + 2]);
    r[4 * i + 1] = _mm512_unpackhi_epi64(t[4 * i], t[4 * i + 2]);
    r[4 * i + 2] = _mm512_unpacklo_epi64(t[4 * i + 1], t[4 * i + 3]);
    r[4 * i + 3] = _mm512_unpackhi_epi64(t[4 * i + 1], t[4 * i + 3]);
  }
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    t[i] = _mm512_shuffle_i32x4(r[i], r[4 + i], 0x88);
    t[4 + i] = _mm512_shuffle_i32x4(r[i], r[4 + i], 0xdd);
    t[8 + i] = _mm512_shuffle_i32x4(r[8 + i], r[12 + i], 0x88);
    t[12 + i] = _mm512_shuffle_i32x4(r[8 + i], r[12 + i], 0xdd);
  }
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    r[i] = _mm512_shuffle_i32x4(t[i], t[8 + i], 0x88);
    r[4 + i] = _mm512_shuffle_i32x4(t[4 + i], t[12 + i], 0x88);
    r[8 + i] = _mm512_shuffle_i32x4(t[i], t[8 + i], 0xdd);
    r[12 + i] = _mm512_shuffle_i32x4(t[4 + i], t[12 + i], 0xdd);
  }
}

CRESCENT_BF16 inline void store_lines(const __m512i* r, uint32_t* to, int64_t row) {
#pragma GCC unroll 16
  for (int i = 0; i < 16; ++i) _mm512_storeu_si512(to + i * row, r[i]);
}

// 16 lines times a panel, or 32 where `two`; tiles 0 to 3 are sums.
CRESCENT_AMX void tile_lines(bool two, int64_t depth, const uint32_t* left, const uint32_t* panel, float* c,
                             int64_t c_row, bool add) {
  const int64_t a_row = depth * 4, b_row = kBf16Panel * 4, bytes = c_row * 4;
  float* below = c + 16 * c_row;
  const uint32_t* left_below = left + 16 * depth;
  if (add) {
    _tile_loadd(0, c, bytes);
    _tile_loadd(1, c + 16, bytes);
    if (two) {
      _tile_loadd(2, below, bytes);
      _tile_loadd(3, below + 16, bytes);
    }
  } else {
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
  }
  for (int64_t k = 0; k < depth; k += kBf16Lines) {
    _tile_loadd(4, left + k, a_row);
    _tile_loadd(6, panel + k * kBf16Panel, b_row);
    _tile_loadd(7, panel + k * kBf16Panel + 16, b_row);
    _tile_dpbf16ps(0, 4, 6);
    _tile_dpbf16ps(1, 4, 7);
    if (two) {
      _tile_loadd(5, left_below + k, a_row);
      _tile_dpbf16ps(2, 5, 6);
      _tile_dpbf16ps(3, 5, 7);
    }
  }
  _tile_stored(0, c, bytes);
  _tile_stored(1, c + 16, bytes);
  if (!two) return;
  _tile_stored(2, below, bytes);
  _tile_stored(3, below + 16, bytes);
}

// In memory of its own: g++ 12 takes the instruction to read 8 bytes, and drops what a function writes to the others.
struct alignas(64) TileShapes {
  uint8_t palette = 1, start_row = 0, reserved[14] = {};
  uint16_t row_bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
  uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};
constexpr TileShapes kTileShapes;

CRESCENT_AMX void begin_tiles() { _tile_loadconfig(&kTileShapes); }
CRESCENT_AMX void end_tiles() { _tile_release(); }

// 16 lines of which `rows` are wanted, times a panel of which `width` columns are: by way of a copy.
void ragged_lines(int64_t rows, int64_t width, int64_t depth, const uint32_t* left, const uint32_t* panel, float* c,
                  int64_t c_row, bool add) {
  alignas(64) float block[kBf16Lines * kBf16Panel] = {};
  for (int64_t r = 0; add && r < rows; ++r) std::copy_n(c + r * c_row, width, block + r * kBf16Panel);
  tile_lines(false, depth, left, panel, block, kBf16Panel, add);
  for (int64_t r = 0; r < rows; ++r) std::copy_n(block + r * kBf16Panel, width, c + r * c_row);
}

}  // namespace

bool has_bf16_products() {
  static const bool has = find_amx();
  return has;
}

CRESCENT_BF16 void bf16_left(int64_t m, int64_t k, const float* a, uint32_t* to) {
  const int64_t depth = bf16_depth(k);
  for (int64_t r = 0; r < m; ++r)
    for (int64_t p = 0; p < depth; p += kBf16Lines)
      _mm512_storeu_si512(to + r * depth + p, neighbours(a + r * k + 2 * p, k - 2 * p));
  std::fill(to + m * depth, to + bf16_lines(m) * depth, 0u);
}

CRESCENT_BF16 void bf16_left_of_transposed(int64_t m, int64_t k, const float* a_t, uint32_t* to) {
  const int64_t depth = bf16_depth(k);
  for (int64_t p = 0; p < depth; p += kBf16Lines)
    for (int64_t first = 0; first < m; first += kBf16Lines) {
      __m512i block[16];
      for (int64_t i = 0; i < kBf16Lines; ++i) {
        const int64_t row = 2 * (p + i);
        const float* from = a_t + row * m + first;
        block[i] = two_rows(row < k ? from : nullptr, row + 1 < k ? from + m : nullptr, m - first);
      }
      transpose(block);
      store_lines(block, to + first * depth + p, depth);
    }
}

CRESCENT_BF16 void bf16_right(int64_t k, int64_t n, const float* b, uint32_t* to) {
  const int64_t depth = bf16_depth(k);
  for (int64_t p = 0; p < depth; ++p) {
    const float* first = 2 * p < k ? b + 2 * p * n : nullptr;
    const float* second = 2 * p + 1 < k ? b + (2 * p + 1) * n : nullptr;
    for (int64_t c = 0; c < bf16_panels(n) * kBf16Panel; c += 16)
      _mm512_storeu_si512(
          to + (c / kBf16Panel * depth + p) * kBf16Panel + c % kBf16Panel,
          two_rows(first == nullptr ? first : first + c, second == nullptr ? second : second + c, n - c));
  }
}

CRESCENT_BF16 void bf16_right_of_transposed(int64_t k, int64_t n, const float* b_t, uint32_t* to) {
  const int64_t depth = bf16_depth(k);
  for (int64_t c = 0; c < bf16_panels(n) * kBf16Panel; c += 16)
    for (int64_t p = 0; p < depth; p += kBf16Lines) {
      __m512i block[16];
      for (int64_t i = 0; i < kBf16Lines; ++i)
        block[i] = c + i < n ? neighbours(b_t + (c + i) * k + 2 * p, k - 2 * p) : _mm512_setzero_si512();
      transpose(block);
      store_lines(block, to + (c / kBf16Panel * depth + p) * kBf16Panel + c % kBf16Panel, kBf16Panel);
    }
}

void bf16_product(int64_t m, int64_t n, int64_t depth, const uint32_t* left, const uint32_t* right, float* c,
                  int64_t c_row, bool add) {
  begin_tiles();
  for (int64_t column = 0; column < n; column += kBf16Panel) {
    const uint32_t* panel = right + column * depth;
    const int64_t width = std::min(kBf16Panel, n - column);
    int64_t row = 0;
    for (; width == kBf16Panel && row + kBf16Lines <= m;) {
      const bool two = row + 2 * kBf16Lines <= m;
      tile_lines(two, depth, left + row * depth, panel, c + row * c_row + column, c_row, add);
      row += two ? 2 * kBf16Lines : kBf16Lines;
    }
    for (; row < m; row += kBf16Lines)
      ragged_lines(std::min(kBf16Lines, m - row), width, depth, left + row * depth, panel, c + row * c_row + column,
                   c_row, add);
  }
  end_tiles();
}

}  // namespace crescent
