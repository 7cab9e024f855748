#include "core/checkpoint/checkpoint.hpp"

#include <filesystem>

#include "core/base/files.hpp"
#include "core/model/safetensors.hpp"

namespace crescent {

static constexpr const char* kMoments = "/optimizer.safetensors";

std::string model_folder(const std::string& path) { return path + "/model"; }

std::optional<std::string> reference_folder(const std::string& path) {
  const std::string folder = path + "/reference";
  return std::filesystem::is_directory(folder) ? std::optional(folder) : std::nullopt;
}

static void save_model(const VisionLanguageModel& model, const std::string& folder) {
  make_folders(folder);
  model.save_weights(folder);
}

std::string write_checkpoint(const std::string& checkpoints, const CheckpointContent& content) {
  return write_step_folder(checkpoints, content.state.step, content.state.score, [&](const std::string& folder) {
    save_model(content.model, model_folder(folder));
    if (content.copy_processor) content.copy_processor(model_folder(folder));
    if (content.reference != nullptr) save_model(*content.reference, folder + "/reference");
    write_safetensors(folder + kMoments, content.moments);
    write_trainer_state(folder, content.state);
  });
}

NamedTensors read_moments(const std::string& path) {
  const TensorFile file(path + kMoments);
  NamedTensors moments;
  for (const auto& [name, entry] : file.entries()) moments.emplace_back(name, file.read(name));
  return moments;
}

}  // namespace crescent
