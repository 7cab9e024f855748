// `crescent show`: what a run sampled, for a person at a terminal or as the lines that were written.
#pragma once

#include <optional>
#include <string>

#include "core/data/record.hpp"
#include "core/experiment/run_config.hpp"
#include "core/rundir/rollout_reader.hpp"
#include "core/show/page.hpp"

namespace crescent {

struct ShowRequest {
  std::string run;                    // the directory, as the user named it
  std::optional<std::string> prompt;  // the id of a record
  std::optional<int64_t> step;
  std::optional<std::string> source;  // train | probe; empty: both
  std::optional<int64_t> limit;       // responses that are printed; 0: all; empty: 8, or all as JSON
  bool json = false;                  // the lines of rollouts/ as they are
};

// The record of the prompt that is asked for, where the run's data still have it.
struct ShownRecord {
  std::optional<Record> record;
  std::string missing;  // why there is none
};

// With a prompt: its record, how often it passed at each step and, latest first, its responses. With a step: its groups
// in order. With both: the prompt's groups at that step. With neither: what there is. Throws usage Error for a prompt
// that was never sampled (with the nearest id) and for a step without rollouts (with the nearest ones).
void show_rollouts(const ShowRequest& request, const RunConfig& config, const RolloutReader& reader,
                   const ShownRecord& record, const Screen& screen, const Page::Print& print);

}  // namespace crescent
