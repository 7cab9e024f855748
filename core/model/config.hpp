// Shapes of a model as its config.json has them: Qwen2.5-VL, or a decoder that reads text alone.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/json.hpp"

namespace crescent {

struct DecoderConfig {
  int64_t vocab_size = 0, hidden_size = 0, intermediate_size = 0, layers = 0, heads = 0, kv_heads = 0;
  int64_t max_positions = 32768;
  double rms_norm_eps = 1e-6, rope_theta = 1e6;
  std::vector<int64_t> mrope_section;  // three counts that sum to head_dim / 2; all on the first axis for text alone
  bool tie_word_embeddings = false;
  bool qkv_bias = true;
  int64_t head_dim() const { return hidden_size / heads; }
};

struct VisionConfig {
  int64_t layers = 0, hidden_size = 0, intermediate_size = 0, heads = 0, out_hidden_size = 0;
  int64_t channels = 3, patch_size = 14, temporal_patch_size = 2, spatial_merge_size = 2, window_size = 112;
  std::vector<int64_t> full_attention_blocks;
  int64_t patch_dim() const { return channels * temporal_patch_size * patch_size * patch_size; }
};

enum class ModelFamily {
  qwen2_5_vl,
  qwen2,  // Qwen2 and Qwen2.5
  llama   // also SmolLM2
};

struct ModelConfig {
  ModelFamily family = ModelFamily::qwen2_5_vl;
  DecoderConfig decoder;
  VisionConfig vision;  // of Qwen2.5-VL; elsewhere without meaning
  bool has_vision() const { return family == ModelFamily::qwen2_5_vl; }
  // -1 without a vision tower
  int32_t image_token_id = -1, video_token_id = -1, vision_start_token_id = -1, vision_end_token_id = -1;
  std::vector<int32_t> end_token_ids;  // from generation_config.json: a response ends at any of them
  int32_t pad_token_id = -1;
};

ModelConfig read_model_config(const std::string& folder);  // config.json and generation_config.json; throws Error
Json write_model_config(const ModelConfig& config);        // the nested form that transformers 5 writes
Json write_generation_config(const ModelConfig& config);
ModelConfig tiny_vl_config();  // shapes of the preset; token ids as its tokenizer has them

}  // namespace crescent
