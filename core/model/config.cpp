#include "core/model/config.hpp"

#include <filesystem>
#include <numeric>

namespace crescent {
namespace {

// A member that may be absent or null.
const Json* optional_member(const Json& object, const std::string& key) {
  const auto found = object.find(key);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

int64_t integer_or(const Json& object, const std::string& key, int64_t fallback, const Place& place) {
  return optional_member(object, key) == nullptr ? fallback : integer_member(object, key, place);
}

bool boolean_or(const Json& object, const std::string& key, bool fallback, const Place& place) {
  const Json* value = optional_member(object, key);
  if (value == nullptr) return fallback;
  if (!value->is_boolean()) throw Error(fmt::format("\"{}\" is {}, expected true or false", key, value->dump()), place);
  return value->get<bool>();
}

std::vector<int64_t> integers(const Json& list, const std::string& key, const Place& place) {
  std::vector<int64_t> out;
  for (const Json& value : list) {
    if (!value.is_number_integer()) {
      throw Error(fmt::format("\"{}\" is {}, expected a list of integers", key, list.dump()), place);
    }
    out.push_back(value.get<int64_t>());
  }
  return out;
}

void require(bool fits, const Place& place, const std::string& message) {
  if (!fits) throw Error(message, place);
}

// The rotary settings: `rope_parameters`, or `rope_theta` beside `rope_scaling`.
void read_rope(const Json& text, bool three_axes, DecoderConfig& c, const Place& place) {
  const Json* now = optional_member(text, "rope_parameters");
  const Json* before = optional_member(text, "rope_scaling");
  const Json none = Json::object();
  const Json& rope = now != nullptr ? *now : before != nullptr ? *before : none;
  c.rope_theta = optional_member(rope, "rope_theta") != nullptr ? number_member(rope, "rope_theta", place)
                                                                : number_member(text, "rope_theta", place);
  const char* type_key = optional_member(rope, "rope_type") != nullptr ? "rope_type" : "type";
  const std::string type =
      optional_member(rope, type_key) == nullptr ? "default" : string_member(rope, type_key, place);
  require(type == "default" || (three_axes && type == "mrope"), place,
          fmt::format("rope type \"{}\" is not supported; expected \"default\"{}", type,
                      three_axes ? " or \"mrope\"" : ""));
  require(!boolean_or(text, "rope_interleaved", false, place), place, "rope_interleaved is not supported");
  if (!three_axes) {
    c.mrope_section = {c.head_dim() / 2, 0, 0};
    return;
  }
  const Json* sections = optional_member(rope, "mrope_section");
  c.mrope_section =
      sections == nullptr ? std::vector<int64_t>{16, 24, 24} : integers(*sections, "mrope_section", place);
  const int64_t sum = std::accumulate(c.mrope_section.begin(), c.mrope_section.end(), int64_t{0});
  require(c.mrope_section.size() == 3 && sum * 2 == c.head_dim(), place,
          fmt::format("mrope_section [{}] sums to {}; expected three counts that sum to half of head_dim {}",
                      fmt::join(c.mrope_section, ", "), sum, c.head_dim()));
}

DecoderConfig read_decoder(const Json& text, ModelFamily family, const Place& place) {
  DecoderConfig c;
  c.qkv_bias = family != ModelFamily::llama;
  c.vocab_size = integer_member(text, "vocab_size", place);
  c.hidden_size = integer_member(text, "hidden_size", place);
  c.intermediate_size = integer_member(text, "intermediate_size", place);
  c.layers = integer_member(text, "num_hidden_layers", place);
  c.heads = integer_member(text, "num_attention_heads", place);
  c.kv_heads = integer_or(text, "num_key_value_heads", c.heads, place);
  c.max_positions = integer_or(text, "max_position_embeddings", c.max_positions, place);
  c.rms_norm_eps = number_member(text, "rms_norm_eps", place);
  require(c.vocab_size > 0 && c.hidden_size > 0 && c.intermediate_size > 0 && c.layers > 0 && c.heads > 0 &&
              c.kv_heads > 0 && c.max_positions > 0,
          place, "a size of the decoder is not above 0");
  require(
      c.hidden_size % c.heads == 0 && c.heads % c.kv_heads == 0 && c.head_dim() % 2 == 0, place,
      fmt::format("hidden_size {} with {} attention heads and {} key-value heads: heads must divide hidden_size into "
                  "even parts, and key-value heads must divide heads",
                  c.hidden_size, c.heads, c.kv_heads));
  const int64_t head_dim = integer_or(text, "head_dim", c.head_dim(), place);
  require(head_dim == c.head_dim(), place,
          fmt::format("head_dim {} differs from hidden_size / num_attention_heads = {}, which is not supported",
                      head_dim, c.head_dim()));
  require(!boolean_or(text, "use_sliding_window", false, place), place, "use_sliding_window is not supported");
  const Json* activation = optional_member(text, "hidden_act");
  require(activation == nullptr || *activation == "silu", place,
          fmt::format("hidden_act {} is not supported; expected \"silu\"", activation ? activation->dump() : ""));
  for (const char* bias : {"attention_bias", "mlp_bias"})
    require(family != ModelFamily::llama || !boolean_or(text, bias, false, place), place,
            fmt::format("{} is not supported in a llama model", bias));
  read_rope(text, family == ModelFamily::qwen2_5_vl, c, place);
  return c;
}

VisionConfig read_vision(const Json& json, const Place& place) {
  VisionConfig v;
  v.layers = integer_member(json, "depth", place);
  v.hidden_size = integer_member(json, "hidden_size", place);
  v.intermediate_size = integer_member(json, "intermediate_size", place);
  v.heads = integer_member(json, "num_heads", place);
  v.out_hidden_size = integer_member(json, "out_hidden_size", place);
  v.channels = integer_or(json, "in_channels", integer_or(json, "in_chans", v.channels, place), place);
  v.patch_size = integer_or(json, "patch_size", v.patch_size, place);
  v.temporal_patch_size = integer_or(json, "temporal_patch_size", v.temporal_patch_size, place);
  v.spatial_merge_size = integer_or(json, "spatial_merge_size", v.spatial_merge_size, place);
  v.window_size = integer_or(json, "window_size", v.window_size, place);
  const std::string key = "fullatt_block_indexes";
  v.full_attention_blocks = integers(member(json, key, place), key, place);
  require(v.layers > 0 && v.hidden_size > 0 && v.intermediate_size > 0 && v.heads > 0 && v.channels > 0 &&
              v.patch_size > 0 && v.temporal_patch_size > 0 && v.spatial_merge_size > 0,
          place, "a size of the vision tower is not above 0");
  require(
      v.hidden_size % (4 * v.heads) == 0, place,
      fmt::format("vision hidden_size {} with {} heads: a head's size must be a multiple of 4, since its pairs turn "
                  "with row and column",
                  v.hidden_size, v.heads));
  require(v.window_size >= v.patch_size * v.spatial_merge_size, place,
          fmt::format("window_size {} is smaller than one merged unit of {} pixels", v.window_size,
                      v.patch_size * v.spatial_merge_size));
  return v;
}

const std::pair<const char*, ModelFamily> kFamilies[] = {
    {"qwen2_5_vl", ModelFamily::qwen2_5_vl}, {"qwen2", ModelFamily::qwen2}, {"llama", ModelFamily::llama}};

ModelFamily read_family(const Json& json, const Place& place) {
  const std::string type = string_member(json, "model_type", place);
  for (const auto& [name, family] : kFamilies)
    if (type == name) return family;
  throw Error(fmt::format("model_type \"{}\" is not supported; expected \"qwen2_5_vl\", \"qwen2\" or \"llama\"", type),
              place);
}

// The vision tower and the tokens that stand for pictures.
void read_vision_part(const Json& json, const Json& text, ModelConfig& config, const Place& place) {
  config.vision = read_vision(member(json, "vision_config", place), place);
  require(config.vision.out_hidden_size == config.decoder.hidden_size, place,
          fmt::format("vision out_hidden_size {} differs from the decoder's hidden_size {}",
                      config.vision.out_hidden_size, config.decoder.hidden_size));
  const auto token = [&](const char* key) {
    const int64_t id = integer_member(optional_member(json, key) != nullptr ? json : text, key, place);
    require(id >= 0 && id < config.decoder.vocab_size, place,
            fmt::format("\"{}\" {} is outside the vocabulary of {}", key, id, config.decoder.vocab_size));
    return static_cast<int32_t>(id);
  };
  config.image_token_id = token("image_token_id");
  config.video_token_id = token("video_token_id");
  config.vision_start_token_id = token("vision_start_token_id");
  config.vision_end_token_id = token("vision_end_token_id");
}

void read_generation(const std::string& folder, ModelConfig& config) {
  const std::string path = folder + "/generation_config.json";
  const Place place{path};
  const Json json = read_json_file(path);
  const Json& end = member(json, "eos_token_id", place);
  const std::vector<int64_t> ids = integers(end.is_array() ? end : Json::array({end}), "eos_token_id", place);
  require(!ids.empty(), place, "\"eos_token_id\" is empty; a response needs at least one token that ends it");
  config.end_token_ids.assign(ids.begin(), ids.end());
  config.pad_token_id = static_cast<int32_t>(integer_or(json, "pad_token_id", -1, place));
  for (const int32_t id : config.end_token_ids) {
    require(id >= 0 && id < config.decoder.vocab_size, place,
            fmt::format("\"eos_token_id\" {} is outside the vocabulary of {}", id, config.decoder.vocab_size));
  }
}

}  // namespace

ModelConfig read_model_config(const std::string& folder) {
  const std::string path = folder + "/config.json";
  const Place place{path};
  const Json json = read_json_file(path);
  ModelConfig config;
  config.family = read_family(json, place);
  require(optional_member(json, "quantization_config") == nullptr, place,
          "a quantized checkpoint is not supported; use the one in bf16, fp16 or fp32");
  const Json* nested = optional_member(json, "text_config");
  const Json& text = nested != nullptr ? *nested : json;
  config.decoder = read_decoder(text, config.family, place);
  config.decoder.tie_word_embeddings =
      boolean_or(json, "tie_word_embeddings", false, place) || boolean_or(text, "tie_word_embeddings", false, place);
  if (config.has_vision()) read_vision_part(json, text, config, place);
  read_generation(folder, config);
  return config;
}

namespace {

Json decoder_json(const ModelConfig& config) {
  const DecoderConfig& c = config.decoder;
  const bool llama = config.family == ModelFamily::llama;
  Json json;
  if (llama) json["attention_bias"] = false;
  json["attention_dropout"] = 0.0;
  json["bos_token_id"] = nullptr;
  json["eos_token_id"] = config.end_token_ids;
  json["hidden_act"] = "silu";
  json["hidden_size"] = c.hidden_size;
  json["intermediate_size"] = c.intermediate_size;
  if (!llama) json["layer_types"] = std::vector<std::string>(c.layers, "full_attention");
  json["max_position_embeddings"] = c.max_positions;
  if (llama) json["mlp_bias"] = false;
  json["num_attention_heads"] = c.heads;
  json["num_hidden_layers"] = c.layers;
  json["num_key_value_heads"] = c.kv_heads;
  json["pad_token_id"] = config.pad_token_id < 0 ? Json(nullptr) : Json(config.pad_token_id);
  json["rms_norm_eps"] = c.rms_norm_eps;
  json["rope_parameters"] = {{"rope_theta", c.rope_theta}, {"rope_type", "default"}};
  if (config.has_vision()) json["rope_parameters"]["mrope_section"] = c.mrope_section;
  json["tie_word_embeddings"] = c.tie_word_embeddings;
  if (!llama) json["use_sliding_window"] = false;
  json["vocab_size"] = c.vocab_size;
  return json;
}

Json vision_json(const VisionConfig& v) {
  return {{"depth", v.layers},
          {"fullatt_block_indexes", v.full_attention_blocks},
          {"hidden_act", "silu"},
          {"hidden_size", v.hidden_size},
          {"in_channels", v.channels},
          {"intermediate_size", v.intermediate_size},
          {"model_type", "qwen2_5_vl_vision"},
          {"num_heads", v.heads},
          {"out_hidden_size", v.out_hidden_size},
          {"patch_size", v.patch_size},
          {"spatial_merge_size", v.spatial_merge_size},
          {"temporal_patch_size", v.temporal_patch_size},
          {"window_size", v.window_size}};
}

}  // namespace

Json write_model_config(const ModelConfig& config) {
  Json json;
  if (!config.has_vision()) {
    json = decoder_json(config);
    const bool llama = config.family == ModelFamily::llama;
    json["architectures"] = {llama ? "LlamaForCausalLM" : "Qwen2ForCausalLM"};
    json["dtype"] = "float32";
    json["model_type"] = llama ? "llama" : "qwen2";
    return json;
  }
  json["architectures"] = {"Qwen2_5_VLForConditionalGeneration"};
  json["dtype"] = "float32";
  json["image_token_id"] = config.image_token_id;
  json["model_type"] = "qwen2_5_vl";
  json["text_config"] = decoder_json(config);
  json["text_config"]["model_type"] = "qwen2_5_vl_text";
  json["tie_word_embeddings"] = config.decoder.tie_word_embeddings;
  json["video_token_id"] = config.video_token_id;
  json["vision_config"] = vision_json(config.vision);
  json["vision_end_token_id"] = config.vision_end_token_id;
  json["vision_start_token_id"] = config.vision_start_token_id;
  return json;
}

Json write_generation_config(const ModelConfig& config) {
  Json json;
  json["eos_token_id"] = config.end_token_ids;
  if (config.pad_token_id >= 0) json["pad_token_id"] = config.pad_token_id;
  return json;
}

ModelConfig tiny_vl_config() {
  ModelConfig config;
  config.decoder = {.vocab_size = 404,
                    .hidden_size = 96,
                    .intermediate_size = 256,
                    .layers = 3,
                    .heads = 4,
                    .kv_heads = 2,
                    .max_positions = 4096,
                    .rms_norm_eps = 1e-6,
                    .rope_theta = 1e4,
                    .mrope_section = {3, 4, 5},
                    .tie_word_embeddings = true,
                    .qkv_bias = true};
  config.vision.layers = 2;
  config.vision.hidden_size = 64;
  config.vision.intermediate_size = 128;
  config.vision.heads = 4;
  config.vision.out_hidden_size = 96;
  config.vision.full_attention_blocks = {1};
  config.image_token_id = 398;  // ids as models/tiny-vl/tokenizer.json has them
  config.video_token_id = 399;
  config.vision_start_token_id = 395;
  config.vision_end_token_id = 396;
  config.end_token_ids = {394, 392};
  config.pad_token_id = 392;
  return config;
}

}  // namespace crescent
