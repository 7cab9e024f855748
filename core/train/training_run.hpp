// A whole run: validation, cold start, phases, checkpoints; from the start or from a checkpoint.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/base/task.hpp"
#include "core/checkpoint/checkpoint.hpp"
#include "core/curriculum/phase_machine.hpp"
#include "core/experiment/hash_chain.hpp"
#include "core/experiment/run_config.hpp"
#include "core/flow/metrics.hpp"
#include "core/model/model.hpp"
#include "core/processor/processor.hpp"
#include "core/rollout/generator.hpp"
#include "core/rundir/run_directory.hpp"
#include "core/rundir/step_clock.hpp"
#include "core/train/collector.hpp"
#include "core/train/evaluator.hpp"
#include "core/train/grpo_trainer.hpp"
#include "core/train/parts.hpp"
#include "core/train/sft_trainer.hpp"

namespace crescent {

// Everything a run works with; outlives it.
struct RunInputs {
  const RunConfig& config;
  VisionLanguageModel model;  // initial weights, or the checkpoint's
  const Processor& processor;
  const Datasets& data;
  Roles& roles;
  const Environment& environment;
  RunDirectory& directory;
  MetricSink& terminal;
  const OnProgress& on_progress;  // told of validation, probing, rollouts, updates and checkpoints while they last
  const std::atomic<bool>& stop;  // set by a signal: finish the step, checkpoint, return
  std::function<void(const std::string& folder)> copy_processor;
};

class TrainingRun {  // [main-thread]
 public:
  enum class Outcome { finished, interrupted };
  explicit TrainingRun(RunInputs inputs);
  // Goes on where the checkpoint at `path` was made. Call before run().
  void restore(const std::string& path);
  Outcome run();

 private:
  void cold_start();
  void phases();
  void begin_grpo();
  const PhaseConfig& current_phase() const;
  void enter_phase();
  GrpoStep grpo_step();
  bool stop_requested() const { return in_.stop.load(); }
  bool best_may_be_new() const { return score_.has_value() && !config_.checkpoint.keep_best.empty(); }

  void validate_into(StepReport& report);
  bool refreshed(const GrpoStep& made) const;
  void snapshot_scores(StepReport& report);
  void finish_step(StepReport& report, bool boundary);
  void write_rollouts(const GrpoStep& step, bool all_responses);
  void checkpoint();
  Roles& roles() { return in_.roles; }

  RunInputs in_;
  const RunConfig& config_;
  Generator generator_;
  Scorer scorer_, validation_scorer_;
  Collector collector_, validation_collector_;
  Evaluator evaluator_;
  PhaseMachine phases_;
  std::optional<SftTrainer> sft_;
  std::optional<GrpoTrainer> grpo_;
  HashChain chain_;
  std::optional<StepClock> clock_;  // where a phase has a budget of time
  int64_t step_ = 0;                // finished
  bool started_ = false;            // step 0 is behind
  bool pictures_shown_ = false;     // in the events of this session
  int64_t checkpointed_ = -1;       // step of the newest checkpoint
  std::optional<double> score_;     // keep_best metric, where this step measured it
};

}  // namespace crescent
