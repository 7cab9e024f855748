// A few steps of a run on this machine, for their time: throw-away model, no run directory, no rewards.
#pragma once

#include <cstdint>

#include "core/experiment/run_config.hpp"
#include "core/model/model.hpp"
#include "core/plan/duration.hpp"
#include "core/processor/processor.hpp"
#include "core/train/parts.hpp"

namespace crescent {

struct Rehearsal {
  StepSeconds at_limit;        // the longest prompt of each view, every response at its limit
  StepSeconds as_now;          // prompts across the data, responses as long as the initial weights make them
  double response_tokens = 0;  // mean length of those
  int64_t prompts = 0;         // of a batch that were rehearsed; times are scaled to the whole batch
  int64_t peak_bytes = 0;      // the most memory of this process at its end
};

// Steps as the trainers make them, on `model`, which is trained and worthless afterwards. Takes about `seconds`: with
// fewer prompts than a batch has where a whole one takes longer. [main-thread]
Rehearsal rehearse(const RunConfig& config, VisionLanguageModel model, const Processor& processor, const Datasets& data,
                   const DataSizes& sizes, double seconds);

// Memory of this process once its libraries have worked: a training step and a rollout of a model of a few kilobytes,
// freed again. Before the run's own model is there.
int64_t measure_program_bytes();

}  // namespace crescent
