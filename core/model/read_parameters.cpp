// From the files of a Hugging Face folder to the parameters of a model.
#include <ATen/ops/cat.h>
#include <ATen/ops/equal.h>

#include <filesystem>
#include <map>
#include <set>

#include "core/base/error.hpp"
#include "core/base/json.hpp"
#include "core/model/safetensors.hpp"
#include "core/model/weights.hpp"

namespace crescent {
namespace {

// Transformers 4 and 5 name the same tensors differently; one form is used from here on.
std::string canonical_key(const std::string& key) {
  const auto starts = [&](std::string_view prefix) { return key.rfind(prefix, 0) == 0; };
  if (starts("model.language_model.")) return "model." + key.substr(21);
  if (starts("model.visual.")) return key.substr(6);
  return key;
}

struct Folder {
  std::vector<TensorFile> files;
  std::map<std::string, std::pair<size_t, std::string>> keys;  // canonical key -> file, key in the file
  at::Tensor read(const std::string& key) const {
    const auto& [file, name] = keys.at(key);
    return files[file].read(name);
  }
  const std::vector<int64_t>& shape(const std::string& key) const {
    const auto& [file, name] = keys.at(key);
    return files[file].entries().at(name).shape;
  }
};

Folder open_folder(const std::string& folder) {
  std::vector<std::string> names;
  const std::string index = folder + "/model.safetensors.index.json";
  if (std::filesystem::exists(folder + "/model.safetensors")) {
    names.push_back("model.safetensors");
  } else if (std::filesystem::exists(index)) {
    const Json json = read_json_file(index);
    std::set<std::string> shards;
    for (const auto& [key, file] : member(json, "weight_map", Place{index}).items())
      shards.insert(file.get<std::string>());
    names.assign(shards.begin(), shards.end());
  } else {
    throw Error("there is neither model.safetensors nor model.safetensors.index.json in this folder", Place{folder});
  }
  Folder out;
  for (const std::string& name : names) out.files.emplace_back(folder + "/" + name);
  for (size_t i = 0; i < out.files.size(); ++i) {
    for (const auto& [key, entry] : out.files[i].entries()) {
      if (key.ends_with(".rotary_emb.inv_freq")) continue;  // older Llama files hold what the config says already
      if (!out.keys.emplace(canonical_key(key), std::pair(i, key)).second) {
        throw Error(fmt::format("the tensor \"{}\" appears twice", canonical_key(key)), Place{folder});
      }
    }
  }
  return out;
}

// A head in the files counts as tied only when it is the embedding, whatever the config says.
void settle_head(const Folder& files, ModelConfig& config) {
  const std::string head = "lm_head.weight", embedding = "model.embed_tokens.weight";
  if (!config.decoder.tie_word_embeddings || files.keys.count(head) == 0 || files.keys.count(embedding) == 0) return;
  config.decoder.tie_word_embeddings =
      files.shape(head) == files.shape(embedding) && at::equal(files.read(head), files.read(embedding));
}

std::vector<int64_t> part_shape(const ParameterSpec& spec, const ParameterPart& part) {
  std::vector<int64_t> shape = spec.shape;
  shape[0] = part.rows;
  return shape;
}

// Every mistake of the folder's tensors against the config, as lines.
std::vector<std::string> mistakes_of(const Folder& files, const ModelConfig& config,
                                     const std::vector<ParameterSpec>& specs) {
  std::vector<std::string> mistakes;
  std::set<std::string> known;
  if (config.decoder.tie_word_embeddings) known.insert("lm_head.weight");
  const auto check = [&](const std::string& key, const std::vector<int64_t>& shape) {
    known.insert(key);
    if (files.keys.count(key) == 0) {
      mistakes.push_back(fmt::format("\"{}\" [{}] is missing", key, fmt::join(shape, ", ")));
    } else if (files.shape(key) != shape) {
      mistakes.push_back(fmt::format("\"{}\" has shape [{}], expected [{}]", key, fmt::join(files.shape(key), ", "),
                                     fmt::join(shape, ", ")));
    }
  };
  for (const ParameterSpec& spec : specs) {
    if (spec.parts.empty()) check(spec.name, spec.shape);
    for (const ParameterPart& part : spec.parts) check(part.key, part_shape(spec, part));
  }
  for (const auto& [key, where] : files.keys) {
    if (known.count(key) == 0) mistakes.push_back(fmt::format("\"{}\" is unexpected", key));
  }
  return mistakes;
}

}  // namespace

NamedTensors read_parameters(const std::string& folder, ModelConfig& config) {
  const Folder files = open_folder(folder);
  settle_head(files, config);
  const auto specs = parameter_specs(config);
  if (const auto mistakes = mistakes_of(files, config, specs); !mistakes.empty()) {
    constexpr size_t kMostShown = 20;
    const size_t shown = std::min(mistakes.size(), kMostShown);
    throw Error(fmt::format("the weights do not fit config.json, {} tensors:\n  {}{}", mistakes.size(),
                            fmt::join(mistakes.begin(), mistakes.begin() + shown, "\n  "),
                            shown < mistakes.size() ? "\n  ..." : ""),
                Place{folder});
  }
  NamedTensors out;
  for (const ParameterSpec& spec : specs) {
    if (spec.parts.empty()) {
      out.emplace_back(spec.name, files.read(spec.name));
      continue;
    }
    std::vector<at::Tensor> parts;
    for (const ParameterPart& part : spec.parts) parts.push_back(files.read(part.key));
    out.emplace_back(spec.name, at::cat(parts));
  }
  return out;
}

}  // namespace crescent
