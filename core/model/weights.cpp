#include "core/model/weights.hpp"

#include <fmt/format.h>

#include <unordered_map>

#include "core/base/error.hpp"

namespace crescent {
namespace {

using Specs = std::vector<ParameterSpec>;

void add_mlp(Specs& specs, const std::string& prefix, int64_t d, int64_t width, bool bias) {
  specs.push_back({prefix + "mlp.gate_up_proj.weight",
                   {2 * width, d},
                   InitialValue::fan_in,
                   {{prefix + "mlp.gate_proj.weight", width}, {prefix + "mlp.up_proj.weight", width}}});
  if (bias) {
    specs.push_back({prefix + "mlp.gate_up_proj.bias",
                     {2 * width},
                     InitialValue::zero,
                     {{prefix + "mlp.gate_proj.bias", width}, {prefix + "mlp.up_proj.bias", width}}});
  }
  specs.push_back({prefix + "mlp.down_proj.weight", {d, width}, InitialValue::half_fan_in, {}});
  if (bias) specs.push_back({prefix + "mlp.down_proj.bias", {d}, InitialValue::zero, {}});
}

void add_vision(Specs& specs, const VisionConfig& v) {
  const int64_t d = v.hidden_size, merged = d * v.spatial_merge_size * v.spatial_merge_size;
  specs.push_back({"visual.patch_embed.proj.weight",
                   {d, v.channels, v.temporal_patch_size, v.patch_size, v.patch_size},
                   InitialValue::fan_in,
                   {}});
  for (int64_t i = 0; i < v.layers; ++i) {
    const std::string prefix = fmt::format("visual.blocks.{}.", i);
    specs.push_back({prefix + "norm1.weight", {d}, InitialValue::one, {}});
    specs.push_back({prefix + "attn.qkv.weight", {3 * d, d}, InitialValue::fan_in, {}});
    specs.push_back({prefix + "attn.qkv.bias", {3 * d}, InitialValue::zero, {}});
    specs.push_back({prefix + "attn.proj.weight", {d, d}, InitialValue::half_fan_in, {}});
    specs.push_back({prefix + "attn.proj.bias", {d}, InitialValue::zero, {}});
    specs.push_back({prefix + "norm2.weight", {d}, InitialValue::one, {}});
    add_mlp(specs, prefix, d, v.intermediate_size, true);
  }
  specs.push_back({"visual.merger.ln_q.weight", {d}, InitialValue::one, {}});
  specs.push_back({"visual.merger.mlp.0.weight", {merged, merged}, InitialValue::fan_in, {}});
  specs.push_back({"visual.merger.mlp.0.bias", {merged}, InitialValue::zero, {}});
  specs.push_back({"visual.merger.mlp.2.weight", {v.out_hidden_size, merged}, InitialValue::fan_in, {}});
  specs.push_back({"visual.merger.mlp.2.bias", {v.out_hidden_size}, InitialValue::zero, {}});
}

void add_decoder(Specs& specs, const DecoderConfig& c) {
  const int64_t d = c.hidden_size, q = c.heads * c.head_dim(), kv = c.kv_heads * c.head_dim();
  specs.push_back({"model.embed_tokens.weight", {c.vocab_size, d}, InitialValue::embedding, {}});
  for (int64_t i = 0; i < c.layers; ++i) {
    const std::string prefix = fmt::format("model.layers.{}.", i), attention = prefix + "self_attn.";
    const auto parts = [&](const char* kind) {
      return std::vector<ParameterPart>{
          {attention + "q_proj." + kind, q}, {attention + "k_proj." + kind, kv}, {attention + "v_proj." + kind, kv}};
    };
    specs.push_back({prefix + "input_layernorm.weight", {d}, InitialValue::one, {}});
    specs.push_back({attention + "qkv_proj.weight", {q + 2 * kv, d}, InitialValue::fan_in, parts("weight")});
    if (c.qkv_bias) specs.push_back({attention + "qkv_proj.bias", {q + 2 * kv}, InitialValue::zero, parts("bias")});
    specs.push_back({attention + "o_proj.weight", {d, q}, InitialValue::half_fan_in, {}});
    specs.push_back({prefix + "post_attention_layernorm.weight", {d}, InitialValue::one, {}});
    add_mlp(specs, prefix, d, c.intermediate_size, false);
  }
  specs.push_back({"model.norm.weight", {d}, c.tie_word_embeddings ? InitialValue::tied_norm : InitialValue::one, {}});
  if (!c.tie_word_embeddings) specs.push_back({"lm_head.weight", {c.vocab_size, d}, InitialValue::fan_in, {}});
}

// Takes tensors by name.
class Binder {
 public:
  explicit Binder(const NamedTensors& parameters) : tensors_(parameters.begin(), parameters.end()) {}
  at::Tensor operator()(const std::string& name) const { return tensors_.at(name); }
  at::Tensor optional(const std::string& name) const {
    const auto found = tensors_.find(name);
    return found == tensors_.end() ? at::Tensor() : found->second;
  }
  MlpWeights mlp(const std::string& prefix, const std::string& norm) const {
    return {(*this)(prefix + norm), (*this)(prefix + "mlp.gate_up_proj.weight"),
            optional(prefix + "mlp.gate_up_proj.bias"), (*this)(prefix + "mlp.down_proj.weight"),
            optional(prefix + "mlp.down_proj.bias")};
  }

 private:
  std::unordered_map<std::string, at::Tensor> tensors_;
};

VisionWeights bind_vision(const VisionConfig& config, const Binder& at) {
  VisionWeights w;
  w.patch = at("visual.patch_embed.proj.weight");
  for (int64_t i = 0; i < config.layers; ++i) {
    const std::string prefix = fmt::format("visual.blocks.{}.", i);
    w.blocks.push_back({{at(prefix + "norm1.weight"), at(prefix + "attn.qkv.weight"), at(prefix + "attn.qkv.bias")},
                        at(prefix + "attn.proj.weight"),
                        at(prefix + "attn.proj.bias"),
                        at.mlp(prefix, "norm2.weight")});
  }
  w.merger_norm = at("visual.merger.ln_q.weight");
  w.merger_in = at("visual.merger.mlp.0.weight");
  w.merger_in_bias = at("visual.merger.mlp.0.bias");
  w.merger_out = at("visual.merger.mlp.2.weight");
  w.merger_out_bias = at("visual.merger.mlp.2.bias");
  return w;
}

}  // namespace

std::vector<ParameterSpec> parameter_specs(const ModelConfig& config) {
  Specs specs;
  if (config.has_vision()) add_vision(specs, config.vision);
  add_decoder(specs, config.decoder);
  return specs;
}

Weights bind_weights(const ModelConfig& config, const NamedTensors& parameters, Precision precision) {
  const Binder at(parameters);
  Weights w;
  if (config.has_vision()) w.vision = bind_vision(config.vision, at);
  w.embedding = at("model.embed_tokens.weight");
  for (int64_t i = 0; i < config.decoder.layers; ++i) {
    const std::string prefix = fmt::format("model.layers.{}.", i);
    w.layers.push_back({{at(prefix + "input_layernorm.weight"), at(prefix + "self_attn.qkv_proj.weight"),
                         at.optional(prefix + "self_attn.qkv_proj.bias")},
                        at(prefix + "self_attn.o_proj.weight"),
                        at.mlp(prefix, "post_attention_layernorm.weight")});
  }
  w.norm = at("model.norm.weight");
  w.head = config.decoder.tie_word_embeddings ? w.embedding : at("lm_head.weight");
  w.precision = w.vision.precision = precision;
  for (DecoderLayer& layer : w.layers) layer.qkv.precision = layer.mlp.precision = precision;
  for (VisionBlock& block : w.vision.blocks) block.qkv.precision = block.mlp.precision = precision;
  return w;
}

Weights with_panels(Weights w) {
  for (DecoderLayer& layer : w.layers) {
    layer.qkv.panels = panels_for(layer.qkv.weight, w.precision);
    layer.out_panels = panels_for(layer.out, w.precision);
    layer.mlp.gate_up_panels = panels_for(layer.mlp.gate_up, w.precision);
    layer.mlp.down_panels = panels_for(layer.mlp.down, w.precision);
  }
  w.head_panels = panels_for(w.head, w.precision);
  return w;
}

NamedTensors split_parameters(const ModelConfig& config, const NamedTensors& parameters) {
  const auto specs = parameter_specs(config);
  NamedTensors out;
  for (size_t i = 0; i < specs.size(); ++i) {
    const at::Tensor value = parameters[i].second.detach();
    if (specs[i].parts.empty()) out.emplace_back(specs[i].name, value);
    int64_t row = 0;
    for (const ParameterPart& part : specs[i].parts) {
      out.emplace_back(part.key, value.narrow(0, row, part.rows));
      row += part.rows;
    }
  }
  return out;
}

}  // namespace crescent
