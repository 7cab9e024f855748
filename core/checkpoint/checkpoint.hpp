// checkpoints/step_N/: everything a run needs to go on as if it had never stopped. How such a folder is made whole,
// found, cleaned and removed: step_folder.hpp.
//
//   model/                 Hugging Face layout: what transformers loads
//   optimizer.safetensors  moments
//   reference/             the KL reference, where one is held
//   trainer.json           TrainerState, and in
//   state/                 the opaque bytes of sampler, curriculum, script, ...
//   checkpoint.json, DONE  sizes and hashes of these files; the mark that all of them are there
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "core/checkpoint/step_folder.hpp"
#include "core/checkpoint/trainer_state.hpp"
#include "core/model/model.hpp"

namespace crescent {

// What is written; all borrowed for the call.
struct CheckpointContent {
  const VisionLanguageModel& model;
  const VisionLanguageModel* reference = nullptr;
  const NamedTensors& moments;  // of the optimizer, by name; may be empty
  const TrainerState& state;
  std::function<void(const std::string& folder)> copy_processor;  // tokenizer and processor files into model/
};

// [main-thread] Writes CHECKPOINTS/step_N, N = state.step, and returns its path; see write_step_folder.
std::string write_checkpoint(const std::string& checkpoints, const CheckpointContent& content);

// The parts of the checkpoint at `path`; read_trainer_state(path) gives the rest.
NamedTensors read_moments(const std::string& path);                    // on the CPU
std::string model_folder(const std::string& path);                     // for VisionLanguageModel::load
std::optional<std::string> reference_folder(const std::string& path);  // likewise, where there is one

}  // namespace crescent
