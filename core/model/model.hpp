// Qwen2.5-VL: vision tower, merger and decoder over packed batches. Method: Qwen2.5-VL technical report (2502.13923).
// The decoder alone is Qwen2 and Qwen2.5 and, without biases, Llama.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "core/model/config.hpp"
#include "core/model/input.hpp"
#include "core/tensor/precision.hpp"

namespace crescent {

using NamedTensors = std::vector<std::pair<std::string, at::Tensor>>;  // key -> tensor

// How one decoder layer attends. q [N, heads, head_dim], k and v [N, kv_heads, head_dim], rotated; returns
// [N, heads * head_dim]. Training and prefill attend within the packed rows; the generator attends to its cache.
using Attend = std::function<at::Tensor(int64_t layer, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v)>;

struct TokenLogprobs {
  at::Tensor logprobs;  // [M] f32 of the target tokens, log softmax(logits / temperature)
  at::Tensor entropy;   // [M] f32 exact entropy of the same distribution, in nats
};

class VisionLanguageModel {  // [main-thread]; copies share their tensors
 public:
  // Weights drawn from `seed` (fan-in normal; see model/init.cpp), on the CPU.
  static VisionLanguageModel random(const ModelConfig& config, uint64_t seed);
  static VisionLanguageModel load(const std::string& folder);  // Hugging Face directory; throws Error
  // config.json, generation_config.json, model.safetensors; `floats` as in write_safetensors.
  void save_weights(const std::string& folder, at::ScalarType floats = at::kFloat) const;
  VisionLanguageModel clone() const;                           // own tensors, no gradients: a frozen reference
  void to(at::Device device);
  // Of the operands of products with weights, from now on; f32 at first.
  void set_precision(Precision precision);  // as parse_precision() allows
  // The same model; in bf16 with the decoder's weights laid out once and not in each product, for calls without
  // gradients until a weight changes. The same to the bit.
  VisionLanguageModel for_decoding() const;

  const ModelConfig& config() const;
  at::Device device() const;
  Precision precision() const;
  // What an optimizer updates: leaf tensors in a fixed order under Hugging Face keys, save that the decoder's q, k, v
  // are one tensor `self_attn.qkv_proj` and every gate and up one `mlp.gate_up_proj`, rows in that order; the tied head
  // does not appear. Names begin with `visual.merger.`, `visual.`, `model.` or are `lm_head.weight`, as transformers 5
  // writes them.
  NamedTensors parameters() const;
  // The same values as transformers names them: views of parameters(), with q, k, v and gate, up apart.
  NamedTensors hugging_face_tensors() const;
  void set_requires_grad(bool on);

  // Hidden states after the final norm, [N, hidden]. `attend` null: attention within the packed rows.
  at::Tensor hidden(const PackedInput& input, const Attend* attend = nullptr) const;
  // Embeddings of text tokens alone pushed through the decoder: one row a sequence, for decoding. tokens [B] i64 and
  // positions [B] i64 on the model's device (text positions are equal on all three axes). [B, hidden]
  at::Tensor decode(const at::Tensor& tokens, const at::Tensor& positions, const Attend& attend) const;
  // [R, vocab] f32 logits of hidden rows.
  at::Tensor logits(const at::Tensor& hidden) const;
  // Chunked over rows; own backward; never holds all logits. Banned tokens are not masked here or in rollouts' scores.
  TokenLogprobs logprobs(const at::Tensor& hidden, const Targets& targets, double temperature) const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace crescent
