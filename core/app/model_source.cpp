#include "core/app/model_source.hpp"

#include <filesystem>
#include <set>

#include "core/base/error.hpp"
#include "core/base/file_errors.hpp"
#include "core/base/hash.hpp"
#include "core/checkpoint/checkpoint.hpp"
#include "core/rundir/run_directory.hpp"

namespace crescent {

namespace fs = std::filesystem;

// Weights, shapes, tokenizer, chat template and picture processor: all that the files make of a record.
static std::string hash_files(const std::string& folder) {
  std::set<std::string> files;  // sorted, so that the hash does not depend on the order of the folder
  with_file_errors(folder, [&] {
    for (const auto& entry : fs::directory_iterator(folder))
      if (const auto kind = entry.path().extension(); kind == ".safetensors" || kind == ".json" || kind == ".jinja")
        files.insert(entry.path().string());
  });
  Hasher hasher;
  for (const std::string& file : files) hasher.add(hash_file(file).hex());
  return hasher.digest().hex();
}

// `folder` itself, or where it is a run its newest whole checkpoint's model.
static std::string checkpoint_of(const std::string& folder, const Place& place, Log& log) {
  if (!is_run_directory(folder)) return folder;
  const auto newest = newest_whole(folder + "/checkpoints", log);
  if (!newest) fail_usage(place, "model: the run {} has no whole checkpoint yet", folder);
  return model_folder(*newest);
}

std::string find_model(const RunConfig& config, const Resources& resources, Log& log) {
  if (config.model == "tiny-vl") return resources.preset_folder(config.model);
  std::string folder = (fs::path(config.folder) / config.model).lexically_normal().string();
  if (!with_file_errors(folder, [&] { return fs::is_directory(folder); }))
    fail_usage(
        config.model_place, "model: {} is neither a preset (tiny-vl) nor a directory{}", config.model,
        nearest(config.model, {"tiny-vl"}).empty()
            ? fmt::format(": there is no {}; nothing is downloaded, so name the folder of a checkpoint that you have",
                          folder)
            : suggestion(config.model, {"tiny-vl"}));
  return checkpoint_of(folder, config.model_place, log);
}

std::string trained_model(const std::string& model, Log& log) {
  if (!with_file_errors(model, [&] { return fs::is_directory(model); }))
    fail_usage({}, "{} is no directory; name a run, or a model as transformers loads it; nothing is downloaded", model);
  return checkpoint_of(model, {}, log);
}

ModelSource locate_model(const RunConfig& config, const Resources& resources, Log& log) {
  const std::string folder = find_model(config, resources, log);
  if (config.model != "tiny-vl") return {folder, false, hash_files(folder)};
  Hasher hasher;
  hasher.add("preset " + config.model).add(static_cast<uint64_t>(config.seed)).add(hash_files(folder));
  return {folder, true, hasher.digest().hex()};
}

VisionLanguageModel initial_weights(const RunConfig& config, const ModelSource& source) {
  if (source.preset) return VisionLanguageModel::random(tiny_vl_config(), static_cast<uint64_t>(config.seed));
  return VisionLanguageModel::load(source.folder);
}

void copy_processor_files(const std::string& from, const std::string& to) {
  static const std::set<std::string> kWrittenByModel = {"config.json", "generation_config.json",
                                                        "model.safetensors.index.json"};
  with_file_errors(from, [&] {
    for (const auto& entry : fs::directory_iterator(from)) {
      const std::string name = entry.path().filename().string();
      const bool text = entry.path().extension() == ".json" || entry.path().extension() == ".jinja" ||
                        entry.path().extension() == ".txt";
      if (entry.is_regular_file() && text && !kWrittenByModel.contains(name))
        fs::copy_file(entry.path(), fs::path(to) / name, fs::copy_options::overwrite_existing);
    }
  });
}

}  // namespace crescent
