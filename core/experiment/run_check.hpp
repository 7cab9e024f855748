// Mistakes that show only when options of several parts are held against each other.
#pragma once

#include "core/experiment/run_config.hpp"

namespace crescent {

// Where the parts stand, and which of them were read without a mistake: checks that look at a part that is wrong
// already are left out.
struct RunParts {
  struct Part {
    Place place;
    bool given = false;
    bool good = true;
  };
  Part run, data, sft, grpo, rewards, sampler, phases, validation, checkpoint, rollouts;
};

void check_run(const RunConfig& config, const RunParts& parts, Problems& problems);

// Options that were given, not at their default, and act on nothing. `run` is the whole as read_run() gets it.
void check_unused(const Table& run, const RunConfig& config, const RunParts& parts, Problems& problems);

// A schedule over all steps where their number is not known, and a warm-up that outlasts them. Called when each phase's
// planned_steps is filled in, which takes its plugin: read_run() cannot know.
void check_schedule(const RunConfig& config, Problems& problems);

// Throws a usage Error where the longest prompt and the longest response together have more tokens than the model has
// positions: past the last one there is no rotary table, and on a GPU reading it ends the process.
void check_positions(const RunConfig& config, int64_t max_positions);

}  // namespace crescent
