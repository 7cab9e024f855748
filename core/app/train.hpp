// Trains in an opened run directory: from nothing, from its newest checkpoint, or from where another run ended for it.
#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <string>

#include "core/app/resources.hpp"
#include "core/base/task.hpp"
#include "core/rundir/run_directory.hpp"
#include "core/script/experiment.hpp"
#include "core/train/training_run.hpp"

namespace crescent {

struct TrainInputs {
  const Resources& resources;
  const PluginSearch& search;
  const LoadedExperiment& loaded;
  RunDirectory& directory;
  std::string device;
  int threads = 1;
  MetricSink& sink;
  const OnProgress& on_progress;
  // Everything is loaded: steps that the run will make (-1: phases decide), and those behind.
  std::function<void(int64_t planned, int64_t first)> on_begin;
  const std::atomic<bool>& stop;
  std::optional<BranchStop> until = {};
};

struct TrainEnd {
  TrainingRun::Outcome outcome;
  std::optional<PhaseEvent> leaving;  // as TrainingRun::leaving()
};

TrainEnd train_run(const TrainInputs& inputs);

}  // namespace crescent
