#include "core/tensor/ops.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/embedding.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/index_copy.h>
#include <ATen/ops/rsqrt.h>
#include <ATen/ops/zeros_like.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>

#include "core/tensor/dispatch.hpp"
#include "core/tensor/row_kernels.hpp"
#include "core/tensor/tiles.hpp"

namespace crescent {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

struct RmsNorm : torch::autograd::Function<RmsNorm> {
  static at::Tensor forward(AutogradContext* ctx, const at::Tensor& x_in, const at::Tensor& weight, double eps) {
    const at::Tensor x = x_in.contiguous(), y = at::empty_like(x), rstd = at::empty({x.size(0)}, x.options());
    const int64_t d = x.size(1);
    dispatch_floating(x, [&]<class T>() {
      for_tiles(Tiles(x.size(0)), [&](int64_t) {
        return [&](int64_t first, int64_t n) {
          rms_norm_rows<T>(n, d, data<T>(x) + first * d, data<T>(weight), static_cast<T>(eps), data<T>(y) + first * d,
                           data<T>(rstd) + first);
        };
      });
    });
    ctx->save_for_backward({x, weight, rstd});
    return y;
  }

  static variable_list backward(AutogradContext* ctx, const variable_list& grads) {
    const variable_list t = ctx->get_saved_variables();
    const at::Tensor &x = t[0], &weight = t[1], &rstd = t[2], grad = grads[0].contiguous();
    const at::Tensor grad_x = at::empty_like(x);
    const int64_t d = x.size(1);
    const Tiles tiles(x.size(0));
    const WorkerSums grad_weight(weight, tiles.workers);
    dispatch_floating(x, [&]<class T>() {
      for_tiles(tiles, [&](int64_t worker) {
        return [&, worker](int64_t first, int64_t n) {
          rms_norm_backward_rows<T>(n, d, data<T>(x) + first * d, data<T>(weight), data<T>(rstd) + first,
                                    data<T>(grad) + first * d, static_cast<const T*>(nullptr),
                                    data<T>(grad_x) + first * d, data<T>(grad_weight.of(worker)));
        };
      });
    });
    return {grad_x, grad_weight.total(), at::Tensor()};
  }
};

void check_tokens(const at::Tensor& tokens, int64_t vocabulary) {
  const int64_t* ids = tokens.const_data_ptr<int64_t>();
  for (int64_t i = 0; i < tokens.numel(); ++i) {
    if (ids[i] < 0 || ids[i] >= vocabulary) {
      fail("token id {} at row {} is outside the vocabulary of {}; tokenizer and model do not belong together", ids[i],
           i, vocabulary);
    }
  }
}

struct EmbedRows : torch::autograd::Function<EmbedRows> {
  static at::Tensor forward(AutogradContext* ctx, const at::Tensor& table, const at::Tensor& tokens,
                            const at::Tensor& image_rows, const std::optional<at::Tensor>& features_in) {
    const int64_t d = table.size(1), rows = tokens.numel();
    const at::Tensor features = features_in ? features_in->contiguous() : at::Tensor();
    const at::Tensor out = at::empty({rows, d}, table.options());
    dispatch_floating(table, [&]<class T>() {
      const int64_t* id = tokens.const_data_ptr<int64_t>();
      for (int64_t i = 0; i < rows; ++i) std::copy_n(data<T>(table) + id[i] * d, d, data<T>(out) + i * d);
      if (!features.defined()) return;
      const int64_t* at_row = image_rows.const_data_ptr<int64_t>();
      for (int64_t p = 0; p < features.size(0); ++p) {
        std::copy_n(data<T>(features) + p * d, d, data<T>(out) + at_row[p] * d);
      }
    });
    ctx->save_for_backward({table, tokens, image_rows, features});
    return out;
  }

  static variable_list backward(AutogradContext* ctx, const variable_list& grads) {
    const variable_list t = ctx->get_saved_variables();
    const at::Tensor &table = t[0], &tokens = t[1], &image_rows = t[2], &features = t[3];
    const at::Tensor grad = grads[0].contiguous(), grad_table = at::zeros_like(table);
    const at::Tensor grad_features = features.defined() ? at::empty_like(features) : at::Tensor();
    const int64_t d = table.size(1), rows = tokens.numel();
    dispatch_floating(table, [&]<class T>() {
      const int64_t* id = tokens.const_data_ptr<int64_t>();
      std::vector<uint8_t> is_image(rows, 0);
      for (int64_t p = 0; features.defined() && p < features.size(0); ++p) {
        const int64_t row = image_rows.const_data_ptr<int64_t>()[p];
        is_image[row] = 1;
        std::copy_n(data<T>(grad) + row * d, d, data<T>(grad_features) + p * d);
      }
      for (int64_t i = 0; i < rows; ++i) {  // in order: the sum of a token's rows never depends on threads
        if (!is_image[i]) add_column_sums<T>(1, d, data<T>(grad) + i * d, data<T>(grad_table) + id[i] * d);
      }
    });
    return {grad_table, at::Tensor(), at::Tensor(), grad_features};
  }
};

}  // namespace

at::Tensor rms_norm(const at::Tensor& x, const at::Tensor& weight, double eps) {
  return has_cpu_kernel(x) ? RmsNorm::apply(x, weight, eps) : rms_norm_reference(x, weight, eps);
}

at::Tensor rms_norm_reference(const at::Tensor& x, const at::Tensor& weight, double eps) {
  return weight * (x * at::rsqrt(x.square().mean(-1, true) + eps));
}

at::Tensor embed_rows(const at::Tensor& table, const at::Tensor& tokens, const at::Tensor& image_rows,
                      const at::Tensor& features) {
  const int64_t places = image_rows.defined() ? image_rows.numel() : 0,
                given = features.defined() ? features.size(0) : 0;
  if (places != given) {
    fail("{} rows of the batch hold image tokens, but the vision tower gave {} merged patches", places, given);
  }
  if (!has_cpu_kernel(table)) return embed_rows_reference(table, tokens, image_rows, features);
  check_tokens(tokens, table.size(0));
  const at::Tensor places_or_none = image_rows.defined() ? image_rows : at::empty({0}, tokens.options());
  return EmbedRows::apply(table, tokens, places_or_none, given == 0 ? std::nullopt : std::optional(features));
}

at::Tensor embed_rows_reference(const at::Tensor& table, const at::Tensor& tokens, const at::Tensor& image_rows,
                                const at::Tensor& features) {
  const at::Tensor rows = at::embedding(table, tokens);
  return features.defined() ? rows.index_copy(0, image_rows, features) : rows;
}

}  // namespace crescent
