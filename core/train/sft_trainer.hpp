// The cold start (MMR1): supervised steps on worked examples, every token of the response and nothing else.
#pragma once

#include <string>

#include "core/experiment/run_config.hpp"
#include "core/flow/metrics.hpp"
#include "core/model/model.hpp"
#include "core/optim/adamw.hpp"
#include "core/processor/processor.hpp"
#include "core/train/parts.hpp"
#include "core/train/sft_sampler.hpp"

namespace crescent {

class SftTrainer {  // [main-thread]
 public:
  SftTrainer(const RunConfig& config, VisionLanguageModel model, const Processor& processor, const Dataset& dataset,
             ScheduleFunction schedule);

  // One optimizer step; `step` counts from 1. Throws Error naming step and records when the loss is not finite.
  StepReport step(int64_t step);
  AdamW& optimizer() { return optimizer_; }
  SftSampler& sampler() { return sampler_; }

 private:
  const RunConfig& config_;
  VisionLanguageModel model_;
  const Processor& processor_;
  const Dataset& dataset_;
  ScheduleFunction schedule_;
  SftSampler sampler_;
  AdamW optimizer_;
};

// lr of `step` of `total`: the schedule's factor, by the script's function where it has one.
double learning_rate(const AdamWConfig& adamw, const ScheduleConfig& schedule, const ScheduleFunction& function,
                     int64_t step, int64_t total);

}  // namespace crescent
