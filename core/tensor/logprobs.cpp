#include "core/tensor/logprobs.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/exp.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/logsumexp.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>
#include <ATen/record_function.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>

#include "core/tensor/dispatch.hpp"
#include "core/tensor/linear.hpp"
#include "core/tensor/parallel.hpp"
#include "core/tensor/softmax_kernel.hpp"

namespace crescent {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr int64_t kRowsPerThread = 16;

// What one chunk of rows reads and writes; all but logits [rows, V] are [rows].
struct Chunk {
  at::Tensor logits, tokens, logprob, entropy, lse;
};

void forward_chunk(const Chunk& c, double temperature) {
  if (!has_cpu_kernel(c.logits)) {
    const at::Tensor z = c.logits / temperature;
    c.lse.copy_(at::logsumexp(z, 1));
    const at::Tensor log_p = z - c.lse.unsqueeze(1);
    c.logprob.copy_(log_p.gather(1, c.tokens.unsqueeze(1)).squeeze(1));
    c.entropy.copy_(-(at::exp(log_p) * log_p).sum(1));
    return;
  }
  const int64_t v = c.logits.size(1);
  dispatch_floating(c.logits, [&]<class T>() {
    parallel_for(0, c.logits.size(0), kRowsPerThread, [&](int64_t begin, int64_t end) {
      logprob_rows<T>(end - begin, v, data<T>(c.logits) + begin * v, static_cast<T>(temperature),
                      data<int64_t>(c.tokens) + begin, data<T>(c.logprob) + begin, data<T>(c.entropy) + begin,
                      data<T>(c.lse) + begin);
    });
  });
}

// c.logits become their gradient. Undefined gradients are zero.
void backward_chunk(const Chunk& c, double temperature, const at::Tensor& by_logprob, const at::Tensor& by_entropy) {
  if (!has_cpu_kernel(c.logits)) {
    const at::Tensor log_p = c.logits / temperature - c.lse.unsqueeze(1), p = at::exp(log_p);
    c.logits.zero_();
    if (by_logprob.defined()) {
      c.logits.sub_(p * by_logprob.unsqueeze(1)).scatter_add_(1, c.tokens.unsqueeze(1), by_logprob.unsqueeze(1));
    }
    if (by_entropy.defined()) c.logits.sub_(p * (log_p + c.entropy.unsqueeze(1)) * by_entropy.unsqueeze(1));
    c.logits.div_(temperature);
    return;
  }
  const int64_t v = c.logits.size(1);
  dispatch_floating(c.logits, [&]<class T>() {
    parallel_for(0, c.logits.size(0), kRowsPerThread, [&](int64_t begin, int64_t end) {
      logprob_backward_rows<T>(end - begin, v, data<T>(c.logits) + begin * v, static_cast<T>(temperature),
                               data<int64_t>(c.tokens) + begin, data<T>(c.entropy) + begin, data<T>(c.lse) + begin,
                               by_logprob.defined() ? data<T>(by_logprob) + begin : nullptr,
                               by_entropy.defined() ? data<T>(by_entropy) + begin : nullptr);
    });
  });
}

// visit(first row, rows) for each chunk
template <class Visit>
void for_chunks(int64_t rows, int64_t chunk_rows, Visit visit) {
  for (int64_t first = 0; first < rows; first += chunk_rows) visit(first, std::min(chunk_rows, rows - first));
}

// The products of chunks of at most `rows` rows with the head [V, d]; in bf16 the head is laid out once for all chunks.
struct HeadProducts {
  HeadProducts(const at::Tensor& head, int64_t rows, Precision precision, bool backward)
      : head(head), precision(precision), room(at::empty({rows, head.size(0)}, head.options())) {
    if (precision == Precision::f32) return;
    panels = make_panels(head);
    if (backward) transposed = make_panels(head.t());
  }
  at::Tensor logits(const at::Tensor& hidden) const {  // until the next chunk's
    at::Tensor z = room.narrow(0, 0, hidden.size(0));
    if (panels.values.defined()) {
      panel_linear_out(hidden, panels, {}, z);
    } else {
      at::mm_out(z, hidden, head.t());
    }
    return z;
  }
  at::Tensor by_hidden(const at::Tensor& grad) const {
    return transposed.values.defined() ? panel_linear(grad, transposed, {}) : at::mm(grad, head);
  }
  void add_to_gradient(const at::Tensor& sum, const at::Tensor& grad, const at::Tensor& hidden) const {
    if (precision == Precision::f32) {
      sum.addmm_(grad.t(), hidden);
    } else {
      sum.add_(weight_gradient(grad, hidden, precision));
    }
  }
  at::Tensor head;
  Precision precision;
  at::Tensor room;
  Panels panels, transposed;
};

struct TokenLogprobsFunction : torch::autograd::Function<TokenLogprobsFunction> {
  static variable_list forward(AutogradContext* ctx, const at::Tensor& hidden, const at::Tensor& rows,
                               const at::Tensor& tokens, const at::Tensor& head, double temperature, int64_t chunk_rows,
                               Precision precision) {
    ctx->set_materialize_grads(false);
    const int64_t count = rows.numel();
    const at::Tensor logprob = at::empty({count}, hidden.options()), entropy = at::empty({count}, hidden.options()),
                     lse = at::empty({count}, hidden.options());
    const HeadProducts products(head, std::min(chunk_rows, count), precision, false);
    for_chunks(count, chunk_rows, [&](int64_t first, int64_t n) {
      const at::Tensor z = products.logits(hidden.index_select(0, rows.narrow(0, first, n)));
      forward_chunk({z, tokens.narrow(0, first, n), logprob.narrow(0, first, n), entropy.narrow(0, first, n),
                     lse.narrow(0, first, n)},
                    temperature);
    });
    ctx->save_for_backward({hidden, rows, tokens, head, entropy, lse});
    ctx->saved_data["temperature"] = temperature;
    ctx->saved_data["chunk_rows"] = chunk_rows;
    ctx->saved_data["precision"] = static_cast<int64_t>(precision);
    return {logprob, entropy};
  }

  static variable_list backward(AutogradContext* ctx, const variable_list& grads) {
    const variable_list t = ctx->get_saved_variables();
    const at::Tensor &hidden = t[0], &rows = t[1], &tokens = t[2], &head = t[3], &entropy = t[4], &lse = t[5];
    const double temperature = ctx->saved_data["temperature"].toDouble();
    const int64_t chunk_rows = ctx->saved_data["chunk_rows"].toInt(), count = rows.numel();
    const at::Tensor grad_hidden = at::zeros_like(hidden), grad_head = at::zeros_like(head);
    const auto precision = static_cast<Precision>(ctx->saved_data["precision"].toInt());
    const HeadProducts products(head, std::min(chunk_rows, count), precision, true);
    const auto part = [](const at::Tensor& g, int64_t first, int64_t n) {
      return g.defined() ? g.contiguous().narrow(0, first, n) : at::Tensor();
    };
    for_chunks(count, chunk_rows, [&](int64_t first, int64_t n) {
      const at::Tensor chunk = rows.narrow(0, first, n), h = hidden.index_select(0, chunk);
      const at::Tensor z = products.logits(h);
      backward_chunk({z, tokens.narrow(0, first, n), {}, entropy.narrow(0, first, n), lse.narrow(0, first, n)},
                     temperature, part(grads[0], first, n), part(grads[1], first, n));
      products.add_to_gradient(grad_head, z, h);
      grad_hidden.index_add_(0, chunk, products.by_hidden(z));
    });
    return {grad_hidden, at::Tensor(), at::Tensor(), grad_head, at::Tensor(), at::Tensor(), at::Tensor()};
  }
};

}  // namespace

int64_t logprob_chunk_rows(int64_t vocab_size) {
  constexpr int64_t kMostLogits = 16 << 20;
  return std::clamp<int64_t>(kMostLogits / vocab_size, 32, kLogprobChunkRows);
}

std::pair<at::Tensor, at::Tensor> token_logprobs(const at::Tensor& hidden, const at::Tensor& rows,
                                                 const at::Tensor& tokens, const at::Tensor& head, double temperature,
                                                 int64_t chunk_rows, Precision precision) {
  RECORD_USER_SCOPE("log-probabilities");
  if (!(temperature > 0)) fail("log-probabilities at temperature {}: it must be above 0", temperature);
  if (chunk_rows < 1) fail("log-probabilities in chunks of {} rows: at least 1 is needed", chunk_rows);
  if (rows.numel() != tokens.numel()) fail("{} rows but {} target tokens", rows.numel(), tokens.numel());
  const variable_list out =
      TokenLogprobsFunction::apply(hidden, rows, tokens, head, temperature, chunk_rows, precision);
  return {out[0], out[1]};
}

std::pair<at::Tensor, at::Tensor> token_logprobs_reference(const at::Tensor& hidden, const at::Tensor& rows,
                                                           const at::Tensor& tokens, const at::Tensor& head,
                                                           double temperature) {
  const at::Tensor log_p = at::log_softmax(at::mm(hidden.index_select(0, rows), head.t()) / temperature, 1);
  return {log_p.gather(1, tokens.unsqueeze(1)).squeeze(1), -(log_p.exp() * log_p).sum(1)};
}

}  // namespace crescent
