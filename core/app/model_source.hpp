// Where a run's first weights and its processor come from: a preset, a Hugging Face directory or another run.
#pragma once

#include <string>

#include "core/app/resources.hpp"
#include "core/base/log.hpp"
#include "core/experiment/run_config.hpp"
#include "core/model/model.hpp"

namespace crescent {

struct ModelSource {
  std::string folder;   // tokenizer and processor files; weights too unless `preset`
  bool preset = false;  // weights are drawn from the run's seed
  std::string hash;     // of what the initial weights follow from
};

// "tiny-vl" and other presets by name; else a directory relative to the experiment's: Hugging Face layout, or a run,
// whose newest whole checkpoint is meant. Throws usage Error with the presets when it is neither.
// find_model: its folder alone, without reading the weights.
std::string find_model(const RunConfig& config, const Resources& resources, Log& log);
ModelSource locate_model(const RunConfig& config, const Resources& resources, Log& log);
// The directory of trained weights that `model` names: itself, or a run's newest whole checkpoint. Throws usage Error.
std::string trained_model(const std::string& model, Log& log);
VisionLanguageModel initial_weights(const RunConfig& config, const ModelSource& source);

// Copies everything but weights and configuration, so that a checkpoint's model/ is a directory transformers loads.
void copy_processor_files(const std::string& from, const std::string& to);

}  // namespace crescent
