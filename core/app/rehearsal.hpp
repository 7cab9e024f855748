// A few steps of a run on this machine, for their time: the run's own model, data and trainers, but no run directory,
// no rewards, and weights that are thrown away.
#pragma once

#include <cstdint>
#include <optional>

#include "core/base/task.hpp"
#include "core/experiment/run_config.hpp"
#include "core/model/model.hpp"
#include "core/plan/data_sizes.hpp"
#include "core/plan/duration.hpp"
#include "core/processor/processor.hpp"
#include "core/train/parts.hpp"

namespace crescent {

struct Rehearsal {
  StepSeconds at_most;                // the longest prompt of each view, every response at its limit
  std::optional<StepSeconds> likely;  // prompts across the data, responses of likely_tokens; none where the limit
                                      // itself took too long to be rehearsed
  double likely_tokens = 0;         // with a cold start, the mean of its worked examples; else as the first weights end
  int64_t prompts = 0, tokens = 0;  // the least of a batch and of a response that was rehearsed; scaled up from there
};

// Takes about `seconds`; a step that takes longer is made with fewer prompts and, if need be, shorter responses. Every
// group is updated on, as if each had a signal. `model` is worthless afterwards. [main-thread]
Rehearsal rehearse(const RunConfig& config, VisionLanguageModel model, const Processor& processor, const Datasets& data,
                   const DataSizes& sizes, double seconds, const OnProgress& on_progress = {});

}  // namespace crescent
