#include "core/model/model.hpp"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/tensor.h>
#include <ATen/record_function.h>

#include <algorithm>

#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/model/rotary.hpp"
#include "core/model/safetensors.hpp"
#include "core/model/vision.hpp"
#include "core/model/weights.hpp"
#include "core/tensor/attention.hpp"
#include "core/tensor/linear.hpp"
#include "core/tensor/logprobs.hpp"
#include "core/tensor/ops.hpp"

namespace crescent {

namespace {

// On the host, because a GPU answers a wrong index by ending the process.
void check_tokens(const std::vector<int32_t>& tokens, const char* what, int64_t vocabulary) {
  for (const int32_t token : tokens) {
    if (token < 0 || token >= vocabulary) {
      fail("{} {} is outside the vocabulary of {}; tokenizer and model do not belong together", what, token,
           vocabulary);
    }
  }
}

}  // namespace

struct VisionLanguageModel::Impl {
  Impl(ModelConfig c, NamedTensors p)
      : config(std::move(c)),
        parameters(std::move(p)),
        weights(bind_weights(config, parameters, Precision::f32)),
        rotary(config.decoder),
        planner(config.vision) {}

  ModelConfig config;
  NamedTensors parameters;
  Weights weights;
  RotaryTable rotary;
  VisionPlanner planner;

  at::Device device() const { return weights.embedding.device(); }

  // The decoder's layers and final norm over rows x [N, d].
  at::Tensor decoder(at::Tensor x, const Rotation& rotation, const Attend& attend) const {
    const DecoderConfig& c = config.decoder;
    for (int64_t i = 0; i < c.layers; ++i) {
      const DecoderLayer& layer = weights.layers[i];
      const auto [q, k, v] = qkv_block(x, layer.qkv, rotation, c.heads, c.kv_heads, c.rms_norm_eps);
      x = linear(attend(i, q, k, v), layer.out, x, weights.precision, layer.out_panels);
      x = mlp_block(x, layer.mlp, c.rms_norm_eps);
    }
    return rms_norm(x, weights.norm, c.rms_norm_eps);
  }

  // Rows of prompts that hold an image token.
  std::vector<int64_t> image_rows(const PackedInput& input) const {
    std::vector<int64_t> rows;
    for (const Segment& s : input.segments) {
      if (s.prefix_length != 0) continue;
      for (int64_t r = s.start; r < s.start + s.length; ++r) {
        if (input.tokens[r] == config.image_token_id) rows.push_back(r);
      }
    }
    return rows;
  }

  at::Tensor embed(const PackedInput& input) {
    check_tokens(input.tokens, "token", config.decoder.vocab_size);
    if (!config.has_vision() && !input.images.empty())
      fail("a batch has {} images, but this model reads text alone", input.images.size());
    const at::Tensor tokens = at::tensor(input.tokens, at::kLong).to(device());
    const std::vector<int64_t> rows = image_rows(input);
    if (input.images.empty() != !input.patches.defined()) {
      fail("a batch has {} images but {}patches", input.images.size(), input.patches.defined() ? "" : "no ");
    }
    at::Tensor features;
    if (!input.images.empty()) {
      features = vision_features(config.vision, weights.vision, input.patches, planner.plan(input.images));
    }
    return embed_rows(weights.embedding, tokens, at::tensor(rows, at::kLong).to(device()), features);
  }
};

VisionLanguageModel VisionLanguageModel::random(const ModelConfig& config, uint64_t seed) {
  VisionLanguageModel model;
  model.impl_ = std::make_shared<Impl>(config, random_parameters(config, seed));
  return model;
}

VisionLanguageModel VisionLanguageModel::load(const std::string& folder) {
  ModelConfig config = read_model_config(folder);
  NamedTensors parameters = read_parameters(folder, config);
  VisionLanguageModel model;
  model.impl_ = std::make_shared<Impl>(config, std::move(parameters));
  return model;
}

void VisionLanguageModel::save_weights(const std::string& folder, at::ScalarType floats) const {
  make_folders(folder);
  Json json = write_model_config(config());
  if (floats == at::kBFloat16) json["dtype"] = "bfloat16";
  write_file_atomically(folder + "/config.json", json.dump(2) + "\n");
  write_file_atomically(folder + "/generation_config.json", write_generation_config(config()).dump(2) + "\n");
  write_safetensors(folder + "/model.safetensors", hugging_face_tensors(), floats);
}

VisionLanguageModel VisionLanguageModel::clone() const {
  NamedTensors copies;
  for (const auto& [name, value] : impl_->parameters) copies.emplace_back(name, value.detach().clone());
  VisionLanguageModel model;
  model.impl_ = std::make_shared<Impl>(config(), std::move(copies));
  model.set_precision(impl_->weights.precision);
  return model;
}

void VisionLanguageModel::to(at::Device device) {
  for (auto& [name, value] : impl_->parameters) {
    const bool trained = value.requires_grad();
    value = value.detach().to(device);
    value.requires_grad_(trained);
  }
  impl_->weights = bind_weights(impl_->config, impl_->parameters, impl_->weights.precision);
}

void VisionLanguageModel::set_precision(Precision precision) {
  impl_->weights = bind_weights(impl_->config, impl_->parameters, precision);
}

VisionLanguageModel VisionLanguageModel::for_decoding() const {
  if (precision() == Precision::f32) return *this;
  VisionLanguageModel model;
  model.impl_ = std::make_shared<Impl>(*impl_);
  model.impl_->weights = with_panels(impl_->weights);
  return model;
}

const ModelConfig& VisionLanguageModel::config() const { return impl_->config; }
at::Device VisionLanguageModel::device() const { return impl_->device(); }
Precision VisionLanguageModel::precision() const { return impl_->weights.precision; }
NamedTensors VisionLanguageModel::parameters() const { return impl_->parameters; }
NamedTensors VisionLanguageModel::hugging_face_tensors() const {
  return split_parameters(impl_->config, impl_->parameters);
}

void VisionLanguageModel::set_requires_grad(bool on) {
  for (auto& [name, value] : impl_->parameters) value.requires_grad_(on);
}

at::Tensor VisionLanguageModel::hidden(const PackedInput& input, const Attend* attend) const {
  if (input.positions.size() != input.tokens.size()) {
    fail("a batch has {} tokens but {} positions", input.tokens.size(), input.positions.size());
  }
  const Attend within = [&](int64_t, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v) {
    return packed_attention(q, k, v, input.segments, AttentionMask::causal);
  };
  const Rotation rotation = impl_->rotary.rows(input.positions, device());
  return impl_->decoder(impl_->embed(input), rotation, attend == nullptr ? within : *attend);
}

at::Tensor VisionLanguageModel::decode(const at::Tensor& tokens, const at::Tensor& positions,
                                       const Attend& attend) const {
  const at::NoGradGuard no_grad;
  const at::Tensor x = embed_rows(impl_->weights.embedding, tokens, {}, {});
  return impl_->decoder(x, impl_->rotary.text_rows(positions), attend);
}

at::Tensor VisionLanguageModel::logits(const at::Tensor& hidden) const {
  RECORD_USER_SCOPE("logits");
  const Weights& w = impl_->weights;
  return linear(hidden, w.head, {}, w.precision, w.head_panels);
}

TokenLogprobs VisionLanguageModel::logprobs(const at::Tensor& hidden, const Targets& targets,
                                            double temperature) const {
  const int64_t chunk = logprob_chunk_rows(config().decoder.vocab_size);
  check_tokens(targets.tokens, "target token", config().decoder.vocab_size);
  const at::Tensor rows = at::tensor(targets.rows, at::kLong).to(device());
  const at::Tensor tokens = at::tensor(targets.tokens, at::kLong).to(device());
  const auto [logprobs, entropy] =
      token_logprobs(hidden, rows, tokens, impl_->weights.head, temperature, chunk, impl_->weights.precision);
  return {logprobs, entropy};
}

}  // namespace crescent
