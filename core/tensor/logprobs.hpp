// Log-probabilities of given tokens and the exact entropy of their distributions, without ever holding all logits.
#pragma once

#include <ATen/core/Tensor.h>

#include <utility>

#include "core/tensor/panels.hpp"

namespace crescent {

inline constexpr int64_t kLogprobChunkRows = 512;  // rows whose logits exist at one time, at most
int64_t logprob_chunk_rows(int64_t vocab_size);    // fewer for a large vocabulary: 64 MiB of logits, at least 32 rows

// With z = hidden[rows] head^T / temperature: log softmax(z)[tokens] and H = -sum p log p, both [M].
// hidden [N, d], rows [M] i64 (repeats allowed), tokens [M] i64, head [V, d], all on one device, f32 or f64.
// Own backward to hidden and head from both outputs; it computes the logits again, chunk by chunk:
// d logprob / d z_j = [j = token] - p_j,  d H / d z_j = -p_j (log p_j + H).
std::pair<at::Tensor, at::Tensor> token_logprobs(const at::Tensor& hidden, const at::Tensor& rows,
                                                 const at::Tensor& tokens, const at::Tensor& head, double temperature,
                                                 int64_t chunk_rows = kLogprobChunkRows,
                                                 Precision precision = Precision::f32);
std::pair<at::Tensor, at::Tensor> token_logprobs_reference(const at::Tensor& hidden, const at::Tensor& rows,
                                                           const at::Tensor& tokens, const at::Tensor& head,
                                                           double temperature);

}  // namespace crescent
