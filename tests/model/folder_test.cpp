// Hugging Face folders: what is read, what is written, and what is refused.
#include <ATen/TensorOperators.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/tensor.h>
#include <doctest/doctest.h>

#include <cstring>
#include <filesystem>
#include <functional>

#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/model/model.hpp"
#include "core/model/safetensors.hpp"

using namespace crescent;

namespace {

struct TemporaryFolder {
  std::string path;
  explicit TemporaryFolder(const char* name) : path(std::filesystem::temp_directory_path() / name) {
    std::filesystem::remove_all(path);
    make_folders(path);
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path); }
  std::string operator/(const char* name) const { return path + "/" + name; }
};

std::string message_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

void write_config(const TemporaryFolder& folder, const Json& config) {
  write_file_atomically(folder / "config.json", config.dump());
  write_file_atomically(folder / "generation_config.json", R"({"eos_token_id": 394})");
}

std::string config_message(const std::function<void(Json&)>& change) {
  const TemporaryFolder folder("crescent_config_test");
  Json config = write_model_config(tiny_vl_config());
  change(config);
  write_config(folder, config);
  const std::string message = message_of([&] { read_model_config(folder.path); });
  const size_t at = message.find("config.json: ");
  return at == std::string::npos ? message : message.substr(at + 13);
}

std::string safetensors_message(const std::string& bytes) {
  const TemporaryFolder folder("crescent_safetensors_test");
  write_file_atomically(folder / "t.safetensors", bytes);
  return message_of([&] { TensorFile file(folder / "t.safetensors"); });
}

std::string with_header(const std::string& header, size_t data_bytes) {
  const uint64_t length = header.size();
  std::string out(8, '\0');
  std::memcpy(out.data(), &length, 8);
  return out + header + std::string(data_bytes, 'x');
}

ModelConfig text_config(ModelFamily family) {
  ModelConfig config = tiny_vl_config();
  config.family = family;
  config.decoder.qkv_bias = family == ModelFamily::qwen2;
  config.decoder.mrope_section = {12, 0, 0};
  config.image_token_id = config.video_token_id = config.vision_start_token_id = config.vision_end_token_id = -1;
  return config;
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a saved model reads back equal, tied and untied") {
  for (const bool tied : {true, false}) {
    const TemporaryFolder folder("crescent_save_test");
    ModelConfig config = tiny_vl_config();
    config.decoder.tie_word_embeddings = tied;
    const auto model = VisionLanguageModel::random(config, 5);
    model.save_weights(folder.path);
    const auto again = VisionLanguageModel::load(folder.path);
    const NamedTensors a = model.parameters(), b = again.parameters();
    REQUIRE(a.size() == b.size());
    for (size_t i = 0; i < a.size(); ++i) {
      CHECK(a[i].first == b[i].first);
      CHECK(at::equal(a[i].second, b[i].second));
    }
    CHECK(again.config().end_token_ids == config.end_token_ids);
    CHECK(again.config().decoder.mrope_section == config.decoder.mrope_section);
    CHECK(again.config().vision.full_attention_blocks == config.vision.full_attention_blocks);
  }
}

TEST_CASE("weights written in bfloat16 read back rounded to it, and the config says so") {
  const TemporaryFolder folder("crescent_bf16_save_test");
  const auto model = VisionLanguageModel::random(tiny_vl_config(), 5);
  model.save_weights(folder.path, at::kBFloat16);
  const auto again = VisionLanguageModel::load(folder.path);
  const NamedTensors a = model.parameters(), b = again.parameters();
  for (size_t i = 0; i < a.size(); ++i) CHECK(at::equal(a[i].second.to(at::kBFloat16).to(at::kFloat), b[i].second));
  CHECK(read_json_file(folder / "config.json")["dtype"] == "bfloat16");
  CHECK(TensorFile(folder / "model.safetensors").entries().at("model.norm.weight").dtype == "BF16");
}

TEST_CASE("keys of transformers 4 and 5 are read, and a head that differs from the embedding is not tied") {
  const TemporaryFolder folder("crescent_keys_test");
  const auto model = VisionLanguageModel::random(tiny_vl_config(), 5);
  model.save_weights(folder.path);
  NamedTensors renamed;
  at::Tensor embedding;
  for (const auto& [key, value] : model.hugging_face_tensors()) {
    const bool vision = key.rfind("visual.", 0) == 0;
    renamed.emplace_back(vision ? "model." + key : "model.language_model." + key.substr(6), value);
    if (key == "model.embed_tokens.weight") embedding = value;
  }
  renamed.emplace_back("lm_head.weight", embedding);
  write_safetensors(folder / "model.safetensors", renamed);
  CHECK(VisionLanguageModel::load(folder.path).config().decoder.tie_word_embeddings);
  renamed.back().second = embedding * 2;
  write_safetensors(folder / "model.safetensors", renamed);
  const auto untied = VisionLanguageModel::load(folder.path);
  CHECK_FALSE(untied.config().decoder.tie_word_embeddings);
  CHECK(untied.parameters().back().first == "lm_head.weight");
}

TEST_CASE("weights that do not fit the config are listed together") {
  const TemporaryFolder folder("crescent_fit_test");
  const auto model = VisionLanguageModel::random(tiny_vl_config(), 5);
  model.save_weights(folder.path);
  NamedTensors tensors = model.hugging_face_tensors();
  tensors[0].first = "visual.patch_embed.weight";
  for (auto& [key, value] : tensors) {
    if (key == "model.norm.weight") value = value.narrow(0, 0, 95);
  }
  write_safetensors(folder / "model.safetensors", tensors);
  const std::string message = message_of([&] { VisionLanguageModel::load(folder.path); });
  CHECK(contains(message, "the weights do not fit config.json, 3 tensors:"));
  CHECK(contains(message, "\"visual.patch_embed.proj.weight\" [64, 3, 2, 14, 14] is missing"));
  CHECK(contains(message, "\"model.norm.weight\" has shape [95], expected [96]"));
  CHECK(contains(message, "\"visual.patch_embed.weight\" is unexpected"));
}

TEST_CASE("the flat config of transformers 4 reads like the nested one") {
  const TemporaryFolder folder("crescent_flat_test");
  Json nested = write_model_config(tiny_vl_config()), flat = nested["text_config"];
  for (const char* key :
       {"image_token_id", "video_token_id", "vision_start_token_id", "vision_end_token_id", "vision_config"})
    flat[key] = nested[key];
  flat["model_type"] = "qwen2_5_vl";
  flat.erase("rope_parameters");
  flat["rope_theta"] = 1e4;
  flat["rope_scaling"] = {{"type", "mrope"}, {"mrope_section", {3, 4, 5}}};
  write_config(folder, flat);
  CHECK(write_model_config(read_model_config(folder.path))["text_config"]["rope_parameters"] ==
        nested["text_config"]["rope_parameters"]);
  CHECK(read_model_config(folder.path).decoder.tie_word_embeddings);
}

TEST_CASE("a config that this program does not compute is refused with key and value") {
  CHECK(config_message([](Json& c) { c["model_type"] = "mistral"; }) ==
        "model_type \"mistral\" is not supported; expected \"qwen2_5_vl\", \"qwen2\" or \"llama\"");
  CHECK(config_message([](Json& c) { c["text_config"]["head_dim"] = 32; }) ==
        "head_dim 32 differs from hidden_size / num_attention_heads = 24, which is not supported");
  CHECK(config_message([](Json& c) { c["text_config"].erase("hidden_size"); }) == "\"hidden_size\" is missing");
  CHECK(config_message([](Json& c) { c["text_config"]["rope_parameters"]["rope_type"] = "yarn"; }) ==
        "rope type \"yarn\" is not supported; expected \"default\" or \"mrope\"");
  CHECK(config_message([](Json& c) { c["image_token_id"] = 404; }) ==
        "\"image_token_id\" 404 is outside the vocabulary of 404");
  CHECK(config_message([](Json& c) { c["vision_config"]["out_hidden_size"] = 64; }) ==
        "vision out_hidden_size 64 differs from the decoder's hidden_size 96");
  CHECK(config_message([](Json& c) { c["text_config"]["use_sliding_window"] = true; }) ==
        "use_sliding_window is not supported");
}

TEST_CASE("a model that reads text alone has no vision tower, and reads back as it was written") {
  for (const ModelFamily family : {ModelFamily::qwen2, ModelFamily::llama}) {
    const TemporaryFolder folder("crescent_text_model_test");
    const auto model = VisionLanguageModel::random(text_config(family), 5);
    model.save_weights(folder.path);
    const auto again = VisionLanguageModel::load(folder.path);
    const NamedTensors a = model.parameters(), b = again.parameters();
    REQUIRE(a.size() == b.size());
    for (size_t i = 0; i < a.size(); ++i) {
      CHECK(a[i].first == b[i].first);
      CHECK(a[i].first.rfind("model.", 0) == 0);
      CHECK(at::equal(a[i].second, b[i].second));
    }
    CHECK(again.config().family == family);
    CHECK(again.config().decoder.qkv_bias == (family == ModelFamily::qwen2));
  }
}

TEST_CASE("what a text model's config asks for beyond this program is refused with key and value") {
  const auto message = [](const std::function<void(Json&)>& change) {
    const TemporaryFolder folder("crescent_text_config_test");
    Json config = write_model_config(text_config(ModelFamily::llama));
    change(config);
    write_config(folder, config);
    const std::string text = message_of([&] { read_model_config(folder.path); });
    return text.substr(std::min(text.size(), text.find("config.json: ") + 13));
  };
  CHECK(message([](Json&) {}).empty());
  CHECK(message([](Json& c) { c["attention_bias"] = true; }) == "attention_bias is not supported in a llama model");
  CHECK(message([](Json& c) { c["mlp_bias"] = true; }) == "mlp_bias is not supported in a llama model");
  CHECK(message([](Json& c) { c["rope_interleaved"] = true; }) == "rope_interleaved is not supported");
  CHECK(message([](Json& c) { c["rope_parameters"]["rope_type"] = "llama3"; }) ==
        "rope type \"llama3\" is not supported; expected \"default\"");
}

TEST_CASE("older Llama files' tables of rotary frequencies are passed over") {
  const TemporaryFolder folder("crescent_inv_freq_test");
  const auto model = VisionLanguageModel::random(text_config(ModelFamily::llama), 5);
  model.save_weights(folder.path);
  NamedTensors tensors = model.hugging_face_tensors();
  tensors.emplace_back("model.layers.0.self_attn.rotary_emb.inv_freq", at::tensor(std::vector<float>{1, 2}));
  write_safetensors(folder / "model.safetensors", tensors);
  CHECK(VisionLanguageModel::load(folder.path).parameters().size() == model.parameters().size());
}

TEST_CASE("a broken safetensors file is refused with what was found and what was expected") {
  CHECK(contains(safetensors_message("abc"), "3 bytes, expected at least 8"));
  CHECK(contains(safetensors_message(with_header("{}", 0).substr(0, 9)),
                 "a header of 2 bytes in a file of 9; it may be cut off"));
  CHECK(contains(safetensors_message(with_header("{]", 0)), "is not valid JSON"));
  const auto entry = [](const char* name, const char* dtype, int from, int to) {
    return fmt::format(R"("{}":{{"dtype":"{}","shape":[2],"data_offsets":[{},{}]}})", name, dtype, from, to);
  };
  CHECK(contains(safetensors_message(with_header("{" + entry("a", "F8", 0, 2) + "}", 8)),
                 "\"a\" has dtype F8, expected F32, BF16, F16 or I64"));
  CHECK(contains(safetensors_message(with_header("{" + entry("a", "F32", 0, 4) + "}", 8)),
                 "\"a\" has shape [2] of F32 but data from 0 to 4"));
  CHECK(contains(safetensors_message(with_header("{" + entry("a", "F32", 0, 8) + "}", 7)),
                 "\"a\" ends at byte 8 of the data, which has 7; the file may be cut off"));
  CHECK(contains(
      safetensors_message(with_header("{" + entry("a", "F32", 0, 8) + "," + entry("b", "F32", 4, 12) + "}", 12)),
      "the data of \"a\" and \"b\" overlap"));
}

TEST_CASE("half precision is widened exactly") {
  const TemporaryFolder folder("crescent_bf16_test");
  std::string bytes = with_header(
      R"({"b":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]},"h":{"dtype":"F16","shape":[1],"data_offsets":[4,6]}})",
      0);
  const uint16_t values[] = {0x3FC0, 0xC000, 0x3E00};  // 1.5, -2 in bf16; 1.5 in fp16
  bytes.append(reinterpret_cast<const char*>(values), sizeof values);
  write_file_atomically(folder / "t.safetensors", bytes);
  const TensorFile file(folder / "t.safetensors");
  CHECK(at::equal(file.read("b"), at::tensor(std::vector<float>{1.5f, -2.f})));
  CHECK(at::equal(file.read("h"), at::tensor(std::vector<float>{1.5f})));
}
