// Walks a run through its phases (Infi-MMR, 2505.23091): which view the next batch shows, when a phase is left and for
// which one.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/flow/metrics.hpp"
#include "core/flow/phase_event.hpp"
#include "core/flow/roles.hpp"

namespace crescent {

// What was spent, or may be at most (0: no limit).
struct Spent {
  double tokens = 0;   // of sampled responses
  double seconds = 0;  // by the clock
};

struct Phase {
  std::string name;
  View view = View::image;
  std::shared_ptr<PhasePolicy> leave;                  // null: its budget alone ends it
  std::vector<std::pair<std::string, double>> replay;  // phase name -> share of this phase's batches
  Spent budget = {};                                   // it is left when this is spent, whatever `leave` says
};

// What the next batch is drawn from: the present phase, or one that it replays (whole batches only).
struct BatchSource {
  std::string phase;  // whose prompts and scores
  View view = View::image;
  bool replayed = false;
};

// Order of calls: start; then for each step next_batch and finish_step; add_validation whenever one was made, before
// the finish_step that should see it.
class PhaseMachine : public Stateful {  // [main-thread]
 public:
  // Throws a usage Error on no phases, two of one name, a replayed phase that does not exist (with the nearest name)
  // or is the phase itself, a share outside (0, 1], shares above 1 in sum.
  explicit PhaseMachine(std::vector<Phase> phases);

  void start(int64_t total_step) { total_step_ = total_step; }  // steps made before the first phase (the cold start)
  bool finished() const { return current_ >= phases_.size(); }
  const Phase& current() const;
  const std::vector<Phase>& phases() const { return phases_; }
  int64_t phase_step() const { return phase_step_; }
  int64_t total_step() const { return total_step_; }

  // Each share adds up step by step; a replayed phase whose sum has reached 1 takes the batch (the largest sum first)
  // and pays 1. So .5 replays every second batch, beginning with the second.
  BatchSource next_batch();
  // Counts the step and asks the phase's policy. pass_rate and reward are the batch's; NaN: it has none. Replayed
  // batches do not enter the averages. `spent` is the step's own. An event when the phase was left.
  std::optional<PhaseEvent> finish_step(double pass_rate, double reward, const Spent& spent = {});
  // Time is no part of the saved state, since it differs from run to run: whoever loads one says what the phase had
  // spent, from where it was recorded.
  void set_phase_seconds(double seconds) { spent_.seconds = seconds; }
  // Takes the names that begin with "val/"; NaN was not measured, so it is no point of a history.
  void add_validation(int64_t step, const NamedValues& metrics);

  Progress progress() const;
  const std::vector<PhaseEvent>& events() const { return events_; }

  std::string save_state() const override;  // JSON, the policies' states included
  // Also of a run with other phases, as long as no step of those was made: they begin as they are here.
  void load_state(std::string_view bytes) override;

 private:
  Decision decide() const;
  size_t index_of(const std::string& name, const std::string& asked_by) const;
  void enter(size_t phase);

  std::vector<Phase> phases_;
  size_t current_ = 0;
  int64_t phase_step_ = 0, total_step_ = 0;
  Spent spent_;                                                  // in this phase
  bool replayed_ = false;                                        // the batch in progress
  std::vector<double> replay_sums_;                              // [current().replay.size()]
  double pass_rate_ = std::numeric_limits<double>::quiet_NaN();  // averages over about 10 steps of this phase
  double reward_ = std::numeric_limits<double>::quiet_NaN();
  std::vector<std::pair<std::string, std::vector<MetricPoint>>> validation_;
  std::vector<PhaseEvent> events_;
};

}  // namespace crescent
