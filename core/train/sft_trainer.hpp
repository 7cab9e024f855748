// The cold start (MMR1): supervised steps on worked examples, every token of the response and nothing else.
#pragma once

#include <string>

#include "core/base/task.hpp"
#include "core/experiment/run_config.hpp"
#include "core/flow/metrics.hpp"
#include "core/model/model.hpp"
#include "core/optim/adamw.hpp"
#include "core/processor/processor.hpp"
#include "core/train/parts.hpp"
#include "core/train/sft_sampler.hpp"
#include "core/train/skipped_updates.hpp"

namespace crescent {

class SftTrainer {  // [main-thread]
 public:
  SftTrainer(const RunConfig& config, VisionLanguageModel model, const Processor& processor, const Dataset& dataset,
             ScheduleFunction schedule);

  // One optimizer step; `step` counts from 1. A loss or gradient that is not finite skips the update; throws Error
  // naming step and records after several in a row, and one naming the record that cannot be shown.
  StepReport step(int64_t step, const OnProgress& on_progress = {});
  AdamW& optimizer() { return optimizer_; }
  SftSampler& sampler() { return sampler_; }
  SkippedUpdates& skipped() { return skipped_; }

 private:
  const RunConfig& config_;
  VisionLanguageModel model_;
  const Processor& processor_;
  const Dataset& dataset_;
  ScheduleFunction schedule_;
  SftSampler sampler_;
  AdamW optimizer_;
  SkippedUpdates skipped_;
};

// lr of `step` of `total`: the schedule's factor, by the script's function where it has one.
double learning_rate(const AdamWConfig& adamw, const ScheduleConfig& schedule, const ScheduleFunction& function,
                     int64_t step, int64_t total);

}  // namespace crescent
