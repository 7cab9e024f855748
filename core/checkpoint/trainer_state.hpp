// Everything of a trainer besides tensors, as a checkpoint keeps it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/rundir/offsets.hpp"

namespace crescent {

struct TrainerState {
  int64_t step = 0;                                        // steps finished in the run
  std::string stage;                                       // "sft" | "grpo"
  std::string phase;                                       // "cold_start" or a phase's name
  std::string chain;                                       // hash of the effective settings of all steps so far, hex
  std::vector<std::pair<std::string, int64_t>> counters;   // any integers by name
  std::vector<std::pair<std::string, std::string>> blobs;  // any bytes by name: save_state() of each Stateful
  // Of these: states that are as they were before the first step. Whoever holds none of it yet begins them anew.
  std::vector<std::string> untouched;
  Offsets offsets;              // of the run directory's append-only files
  std::optional<double> score;  // of the run's keep_best metric where it was measured at this very step

  int64_t counter(const std::string& name) const;  // these two throw Error when there is none of the name
  const std::string& blob(const std::string& name) const;
  bool has_blob(const std::string& name) const;
  bool is_untouched(const std::string& name) const;
};

// FOLDER/trainer.json and FOLDER/state/NAME, one file a blob. Throws Error on two values of one name.
void write_trainer_state(const std::string& folder, const TrainerState& state);
TrainerState read_trainer_state(const std::string& folder);

}  // namespace crescent
