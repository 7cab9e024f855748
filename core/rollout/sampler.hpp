// Picks one token for each sequence from its logits, and the log-probability that goes with it.
//
// The distribution that is recorded is softmax(logits / temperature) over the whole vocabulary: the one whose
// log-probability the training forward computes. Banned tokens (image, video and padding marks, which a response must
// not contain) are left out of the draw alone: a token is drawn in proportion to its probability among those allowed,
// and its log-probability is still that of the full softmax. A trained model gives banned tokens next to nothing, so
// the two distributions differ by that mass. Method of the draw: inverse of the cumulative distribution in token order,
// one uniform number a token, no sort.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <vector>

namespace crescent {

class TokenSampler {  // [main-thread]
 public:
  // `banned` holds distinct or repeated ids of [0, vocab_size); throws Error on others, and when none would be left.
  TokenSampler(int64_t vocab_size, std::span<const int32_t> banned);

  struct Draws {
    std::vector<int32_t> tokens;    // [B]
    std::vector<float> logprobs;    // [B] log softmax(logits / temperature) of the token
    std::vector<double> entropies;  // [B] exact entropy of that distribution, in nats
  };

  // logits [R, vocab] f32 on any device; draw i reads row rows[i] and the number uniforms[i] of [0, 1). The result
  // is overwritten. `top_p` of (0, 1]: only the likeliest tokens that hold this much of the allowed mass are drawn
  // (RowSoftmax::keep_nucleus). Throws Error on logits that are not finite.
  void sample(const at::Tensor& logits, std::span<const int64_t> rows, std::span<const double> uniforms,
              double temperature, Draws& draws, double top_p = 1) const;
  // The likeliest allowed token, the lowest id of equals.
  void greedy(const at::Tensor& logits, std::span<const int64_t> rows, double temperature, Draws& draws) const;

  // The same in ATen operators, which is what devices other than the CPU use; public for the test that compares them.
  void sample_aten(const at::Tensor& logits, std::span<const int64_t> rows, std::span<const double> uniforms,
                   double temperature, Draws& draws, double top_p = 1) const;
  void greedy_aten(const at::Tensor& logits, std::span<const int64_t> rows, double temperature, Draws& draws) const;

 private:
  int64_t vocab_;
  std::vector<float> allowed_;  // [vocab, padded with 0] 1: may be drawn, 0: banned
};

}  // namespace crescent
