// The small files of a run directory, read at once: what the report is made of besides rollouts and scores.
#pragma once

#include <string>
#include <vector>

#include "core/base/json.hpp"
#include "core/experiment/run_config.hpp"
#include "core/flow/metrics.hpp"
#include "core/flow/phase_event.hpp"
#include "core/rundir/manifest.hpp"

namespace crescent {

enum class RunState : uint8_t { finished, running, interrupted };

struct RunFiles {
  std::string folder;
  RunConfig config;
  std::string config_toml;
  NamedTexts experiment;  // path within experiment/ -> text
  Json manifest;
  RunState state = RunState::interrupted;
  std::vector<StepReport> steps;        // metrics.jsonl; empty: no step was made yet
  std::vector<StepReport> timings;      // timings.jsonl: `metrics` holds seconds and rates
  std::vector<PhaseEvent> transitions;  // none of those made by a version that did not write transitions.jsonl
  std::vector<std::string> warnings;    // of log.txt from `warning` up, whole messages: the last kMostWarnings
  int64_t all_warnings = 0;             // how many there are
  static constexpr size_t kMostWarnings = 200;
};

// Reads a run that is finished, stopped, or still being written: a last line that is not whole is left out. Throws a
// usage Error when `folder` is no run directory; Error with file:line for what is damaged.
RunFiles read_run_files(const std::string& folder);

}  // namespace crescent
