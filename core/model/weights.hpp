// The parameters of a model: their names, shapes and first values, declared once, and where the layers find them.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "core/model/config.hpp"
#include "core/model/model.hpp"
#include "core/tensor/blocks.hpp"

namespace crescent {

enum class InitialValue {
  fan_in,       // N(0, 1 / sqrt(fan_in))
  half_fan_in,  // half of that: what is added to the residual stream
  zero,
  one,
  embedding,  // N(0, 0.2)
  tied_norm   // 1 / sqrt(hidden): see init.cpp
};

struct ParameterPart {  // rows of a parameter that are a tensor of their own in Hugging Face files
  std::string key;
  int64_t rows = 0;
};

struct ParameterSpec {
  std::string name;
  std::vector<int64_t> shape;
  InitialValue initial = InitialValue::fan_in;
  std::vector<ParameterPart> parts;  // empty: the parameter itself, under its name
};

std::vector<ParameterSpec> parameter_specs(const ModelConfig& config);  // in the order of parameters()

struct DecoderLayer {
  QkvWeights qkv;
  at::Tensor out;  // [d, heads * head_dim]
  MlpWeights mlp;
  Panels out_panels;
};

struct VisionBlock {
  QkvWeights qkv;
  at::Tensor out, out_bias;  // [d, d], [d]
  MlpWeights mlp;
};

struct VisionWeights {
  at::Tensor patch;  // [d, C, T, patch, patch]
  std::vector<VisionBlock> blocks;
  at::Tensor merger_norm, merger_in, merger_in_bias, merger_out, merger_out_bias;
  Precision precision = Precision::f32;
};

struct Weights {
  VisionWeights vision;
  at::Tensor embedding;  // [V, d]
  std::vector<DecoderLayer> layers;
  at::Tensor norm;  // [d]
  at::Tensor head;  // [V, d]; the embedding when tied
  Panels head_panels;
  Precision precision = Precision::f32;
};

// The same weights; in bf16 the decoder's are laid out, as they are now.
Weights with_panels(Weights weights);

// `parameters` in the order of parameter_specs(config).
Weights bind_weights(const ModelConfig& config, const NamedTensors& parameters, Precision precision);

// Fresh values of every parameter, f32 on the CPU (init.cpp).
NamedTensors random_parameters(const ModelConfig& config, uint64_t seed);

// The parameters of a Hugging Face folder, f32 on the CPU; unties the head in `config` when the files hold one that
// differs from the embedding. Throws one Error that lists what is missing, unexpected or of another shape.
NamedTensors read_parameters(const std::string& folder, ModelConfig& config);

// Views of the parameters under the keys and shapes of Hugging Face files.
NamedTensors split_parameters(const ModelConfig& config, const NamedTensors& parameters);

}  // namespace crescent
