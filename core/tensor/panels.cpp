#pragma GCC optimize("O3", "no-math-errno")
#include "core/tensor/panels.hpp"

#include <ATen/ops/addmm.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cstring>

#include "core/tensor/dispatch.hpp"
#include "core/tensor/profile_recorder.hpp"
#include "core/tensor/tiles.hpp"

// For kernels alone, not for the file: a function of a header that is compiled for AVX-512 here would be taken for the
// whole program by the linker.
#define CRESCENT_AVX512 __attribute__((target("avx512f,fma")))

namespace crescent {
namespace {

constexpr int64_t kPanel = Panels::kPanel;
constexpr int kMostRows = 12;  // with two registers each, and three for operands, of the 32 there are

using Float16 = float __attribute__((vector_size(64)));

// kRows rows of x times one panel.
template <int kRows>
CRESCENT_AVX512 void panel_rows(int64_t inputs, const float* x, const float* panel, float* out, int64_t out_row,
                                bool add) {
  Float16 sum[kRows][2];
#pragma GCC unroll 16
  for (int r = 0; r < kRows; ++r) {
    sum[r][0] = sum[r][1] = Float16{};
    if (add) std::memcpy(sum[r], out + r * out_row, sizeof sum[r]);
  }
  for (int64_t k = 0; k < inputs; ++k) {
    Float16 right[2];
    std::memcpy(right, panel + k * kPanel, sizeof right);
#pragma GCC unroll 16
    for (int r = 0; r < kRows; ++r) {
      const Float16 left = x[r * inputs + k] - Float16{};
      sum[r][0] += left * right[0];
      sum[r][1] += left * right[1];
    }
  }
#pragma GCC unroll 16
  for (int r = 0; r < kRows; ++r) std::memcpy(out + r * out_row, sum[r], sizeof sum[r]);
}

void rows_of_panel(int64_t rows, int64_t inputs, const float* x, const float* panel, float* out, int64_t out_row,
                   bool add) {
  int64_t r = 0;
  for (; r + kMostRows <= rows; r += kMostRows)
    panel_rows<kMostRows>(inputs, x + r * inputs, panel, out + r * out_row, out_row, add);
  for (; r + 4 <= rows; r += 4) panel_rows<4>(inputs, x + r * inputs, panel, out + r * out_row, out_row, add);
  for (; r < rows; ++r) panel_rows<1>(inputs, x + r * inputs, panel, out + r * out_row, out_row, add);
}

// The last panel, where it holds fewer outputs than registers do: by way of a copy.
void rows_of_last_panel(int64_t rows, int64_t inputs, int64_t width, const float* x, const float* panel, float* out,
                        int64_t out_row, bool add) {
  float block[kMostRows * kPanel] = {};
  for (int64_t first = 0; first < rows; first += kMostRows) {
    const int64_t n = std::min<int64_t>(kMostRows, rows - first);
    float* to = out + first * out_row;
    for (int64_t r = 0; add && r < n; ++r) std::copy_n(to + r * out_row, width, block + r * kPanel);
    rows_of_panel(n, inputs, x + first * inputs, panel, block, kPanel, add);
    for (int64_t r = 0; r < n; ++r) std::copy_n(block + r * kPanel, width, to + r * out_row);
  }
}

}  // namespace

Panels make_panels(const at::Tensor& weight) {
  if (!weight.is_cpu() || weight.scalar_type() != at::kFloat || !__builtin_cpu_supports("avx512f")) return {};
  constexpr int64_t kBlock = 16;
  const at::Tensor from = weight.detach().contiguous();
  const int64_t outputs = from.size(0), inputs = from.size(1), count = (outputs + kPanel - 1) / kPanel;
  Panels panels{at::zeros({count, inputs, kPanel}, from.options()), outputs};
  const float* w = from.const_data_ptr<float>();
  float* values = data<float>(panels.values);
  at::parallel_for(0, count, 1, [&](int64_t begin, int64_t end) {
    for (int64_t p = begin; p < end; ++p) {
      const int64_t width = std::min(kPanel, outputs - p * kPanel);
      float* panel = values + p * inputs * kPanel;
      for (int64_t first = 0; first < inputs; first += kBlock) {  // whole cache lines of W
        const int64_t last = std::min(first + kBlock, inputs);
        for (int64_t j = 0; j < width; ++j)
          for (int64_t k = first; k < last; ++k) panel[k * kPanel + j] = w[(p * kPanel + j) * inputs + k];
      }
    }
  });
  return panels;
}

void panel_product(int64_t rows, const float* x, const Panels& weight, float* out, bool add) {
  const int64_t inputs = weight.inputs();
  const float* values = weight.values.const_data_ptr<float>();
  count_flops(2.0 * static_cast<double>(rows) * static_cast<double>(inputs) * static_cast<double>(weight.outputs));
  for (int64_t first = 0; first < weight.outputs; first += kPanel) {
    const float* panel = values + first * inputs;
    const int64_t width = weight.outputs - first;
    if (width >= kPanel) {
      rows_of_panel(rows, inputs, x, panel, out + first, weight.outputs, add);
    } else {
      rows_of_last_panel(rows, inputs, width, x, panel, out + first, weight.outputs, add);
    }
  }
}

void weight_product(const at::Tensor& x, const at::Tensor& weight, const Panels& panels, const at::Tensor& addend,
                    at::Tensor& out) {
  if (panels.values.defined()) {
    if (addend.defined()) std::memcpy(data<float>(out), addend.const_data_ptr<float>(), out.nbytes());
    panel_product(x.size(0), x.const_data_ptr<float>(), panels, data<float>(out), addend.defined());
  } else if (addend.defined()) {
    at::addmm_out(out, addend, x, weight.t());
  } else {
    at::mm_out(out, x, weight.t());
  }
}

Panels panels_for(const at::Tensor& weight, int64_t rows) { return rows > kTileRows ? make_panels(weight) : Panels(); }

at::Tensor panel_linear(const at::Tensor& x, const Panels& panels, const at::Tensor& addend) {
  const at::Tensor rows = x.contiguous();
  const at::Tensor out = addend.defined() ? addend.clone() : at::empty({x.size(0), panels.outputs}, x.options());
  for_tiles(Tiles(x.size(0)), [&](int64_t) {
    return [&](int64_t first, int64_t n) {
      panel_product(n, rows.const_data_ptr<float>() + first * panels.inputs(), panels,
                    data<float>(out) + first * panels.outputs, addend.defined());
    };
  });
  return out;
}

}  // namespace crescent
