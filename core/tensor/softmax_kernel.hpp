// CPU kernels over rows of logits; single-threaded, f32 and f64.
#pragma once

#include <cstdint>

namespace crescent {

// With z = logits / temperature of each row: lse = log sum e^z, logprob = z[token] - lse, entropy = lse - sum p z.
// logits [rows, V]; tokens, logprob, entropy, lse [rows]
template <class T>
void logprob_rows(int64_t rows, int64_t vocabulary, const T* logits, T temperature, const int64_t* tokens, T* logprob,
                  T* entropy, T* lse);

// In place, logits become d loss / d logits, from the gradients of logprob and entropy (null: zero).
template <class T>
void logprob_backward_rows(int64_t rows, int64_t vocabulary, T* logits, T temperature, const int64_t* tokens,
                           const T* entropy, const T* lse, const T* grad_logprob, const T* grad_entropy);

}  // namespace crescent
