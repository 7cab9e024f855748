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
#include "core/experiment/run_walk.hpp"
#include "core/flow/metrics.hpp"
#include "core/model/model.hpp"
#include "core/processor/processor.hpp"
#include "core/rollout/generator.hpp"
#include "core/rundir/run_directory.hpp"
#include "core/rundir/step_clock.hpp"
#include "core/train/collector.hpp"
#include "core/train/evaluator.hpp"
#include "core/train/grpo_trainer.hpp"
#include "core/train/made_step.hpp"
#include "core/train/parts.hpp"
#include "core/train/sft_trainer.hpp"

namespace crescent {

// Where a run stops that others share: what it leaves in END_FOLDER is theirs to go on from.
struct BranchStop {
  int64_t step = -1;  // after this step: with what comes at its end (`concluded`), or just before
  bool concluded = false;
  std::string leaving;  // instead of `step`, where not "": where this phase is left next, before what comes then
};
inline constexpr const char* kStartFolder = "/start";  // of a run directory: the checkpoint of the run it goes on from
inline constexpr const char* kEndFolder = "/end";      // the checkpoint that a run with a BranchStop ends with

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
  std::optional<BranchStop> until = {};  // none: to the run's end
};

class TrainingRun {  // [main-thread]
 public:
  enum class Outcome { finished, interrupted, branched };
  explicit TrainingRun(RunInputs inputs);
  // Goes on where the checkpoint at `path` was made. Call before run(). `of_another`: by another run with which this
  // one shares its steps; throws Error unless the steps so far are those of this run's settings.
  void restore(const std::string& path, bool of_another = false);
  Outcome run();
  // branched at BranchStop::leaving: the phase that would be left, for which one, after which step.
  const std::optional<PhaseEvent>& leaving() const { return leaving_; }

 private:
  void cold_start();
  void phases();
  MadeStep make_grpo_step();
  bool validation_due() const;
  std::optional<PhaseEvent> ask_policy(const MadeStep& made);
  void conclude(MadeStep& made, const std::optional<PhaseEvent>& event);
  bool stops_at(int64_t step, bool concluded);
  void write_end(TrainerState state, MadeStep* made);
  TrainerState state_now();
  void write_state(const std::string& folder, TrainerState& state);
  std::vector<PastStretch> past() const;
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
  std::optional<StepClock> clock_;                           // where a phase has a budget of time
  int64_t step_ = 0;                                         // finished
  bool started_ = false;                                     // step 0 is behind
  bool pictures_shown_ = false;                              // in the events of this session
  int64_t checkpointed_ = -1;                                // step of the newest checkpoint
  std::optional<double> score_;                              // keep_best metric, where this step measured it
  std::vector<std::pair<std::string, Stateful*>> stateful_;  // by their names in checkpoints: samplers, the script
  std::vector<Digest> first_states_;                         // of these, before the first step
  std::optional<MadeStep> unfinished_;                       // restored: its end comes first
  std::optional<PhaseEvent> leaving_;
  bool branched_ = false;
};

}  // namespace crescent
