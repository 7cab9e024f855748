// Every metric of a run as a curve over its steps.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/flow/metrics.hpp"

namespace crescent {

// One metric. A point without a value is NaN.
struct Curve {
  std::string name;            // as in metrics.jsonl or timings.jsonl
  std::string view;            // "": all steps; else only those whose batch showed this view
  std::vector<int64_t> steps;  // [n] of a metric that few steps have; empty: those of the curves
  std::vector<double> values;  // [steps] or [n]
};

struct Curves {
  int64_t steps_per_point = 1;      // above 1: each point is the mean over so many consecutive steps of one phase
  std::vector<int64_t> steps;       // [points] the last step of each point
  std::vector<std::string> phases;  // [points]
  std::vector<Curve> curves;        // in the order the metrics first appear
};

// At most about `most_points` points; a metric that fewer than one step in ten has (validation) keeps all of its own.
// Where batches showed several views (replay), reward, pass rate, response length, entropy and the share of groups
// without signal have a curve for each view besides the one of all steps: means over different views are no trend.
Curves make_curves(const std::vector<StepReport>& steps, size_t most_points);

// A stretch of consecutive steps in one phase.
struct PhaseBand {
  std::string phase;
  int64_t first_step = 0, last_step = 0;
};
std::vector<PhaseBand> phase_bands(const std::vector<StepReport>& steps);

}  // namespace crescent
