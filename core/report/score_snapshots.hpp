// The sampler's scores over time (MMR1, figure 3): how they are distributed at each snapshot, and how prompts move
// between ranges of scores from one snapshot to the next.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/flow/rollout.hpp"

namespace crescent {

// One line of vps.jsonl. A score belongs to a prompt in a view.
struct ScoreSnapshot {
  int64_t step = 0;
  std::string phase;
  View view = View::image;
  std::vector<double> scores;  // of eligible prompts, in the order of the records; at least 0
  int64_t prompts = 0;         // where they are of evenly spread prompts only: how many there are
};

// A run that never wrote scores has none. Throws Error with file:line for a damaged line; a last line that is not
// whole is left out.
std::vector<ScoreSnapshot> read_score_snapshots(const std::string& run_folder);

struct ScoreHistogram {
  int64_t step = 0;
  std::string phase;
  View view = View::image;
  int64_t prompts = 0;
  double mean = 0;
  double effective_share = 0;   // effective sample size of the scores over their number: 1 when all are equal
  std::vector<int64_t> counts;  // [kHistogramBins] equal ranges of [0, top]; top itself is in the last
};

// How many prompts went from one range of scores to another between two snapshots of one view.
struct ScoreTransition {
  int64_t from_step = 0, to_step = 0;
  View view = View::image;
  std::vector<int64_t> counts;  // [kTransitionBins (from), kTransitionBins (to)]
};

struct ScoreReport {
  static constexpr size_t kHistogramBins = 24, kTransitionBins = 6;
  double top = 1;        // upper end of the ranges: the largest score of all snapshots
  int64_t recorded = 0;  // snapshots in the file; fewer may be shown
  std::vector<ScoreHistogram> histograms;
  std::vector<ScoreTransition> transitions;
};

// Shows at most `most` snapshots, the first and the last among them, evenly spread. Transitions are between each
// snapshot shown and the next of the same view and number of prompts.
ScoreReport report_scores(const std::vector<ScoreSnapshot>& snapshots, size_t most);

}  // namespace crescent
