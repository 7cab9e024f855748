// What the model's forward and backward hold besides parameters, on the CPU. Reckoned from what each
// hand-written autograd node of core/tensor saves and allocates; tests/app/plan_memory_test.cpp holds it against real
// runs.
#pragma once

#include <cstdint>

#include "core/model/config.hpp"
#include "core/tensor/precision.hpp"

namespace crescent {

// One packed forward and backward.
struct TrainingShape {
  int64_t rows = 0;             // N of the packed batch
  int64_t targets = 0;          // M response tokens
  int64_t patches = 0;          // of all its pictures
  int64_t largest_picture = 0;  // patches
  int64_t longest_keys = 0;     // what one row attends to at most
  bool adds_up = false;         // gradients of an earlier micro-batch are there already
};

// At the moment when both together are largest.
struct TrainingPeak {
  int64_t activation_bytes = 0, gradient_bytes = 0;
  int64_t bytes() const { return activation_bytes + gradient_bytes; }
};

TrainingPeak training_peak(const ModelConfig& model, const TrainingShape& shape, int threads, Precision precision);

// Without gradients: `rows` prompt tokens in one call, and `rows` sequences that decode one token each.
// In bf16 with the decoder's weights laid out, which panel_bytes() counts.
int64_t prefill_bytes(const ModelConfig& model, int64_t rows, int64_t patches, int threads, Precision precision);
int64_t decode_bytes(const ModelConfig& model, int64_t rows);

int64_t parameter_bytes(const ModelConfig& model);  // of all parameters, f32
// The bf16 copy of the decoder's matrices and head that VisionLanguageModel::for_decoding() makes; none in f32.
int64_t panel_bytes(const ModelConfig& model, Precision precision);

}  // namespace crescent
