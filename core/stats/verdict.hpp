// A comparison in one sentence that can be defended, or that says why these data cannot tell.
#pragma once

#include <string>

#include "core/stats/paired.hpp"

namespace crescent {

// How a number is read: accuracies as percentage points, of which more is better.
struct Measure {
  enum class Good { more, less, neither };
  double factor = 1;  // 100 for shares
  std::string unit;   // " points"; "" for a number without unit
  Good good = Good::neither;
};

struct PairedComparison {
  std::string setting, baseline;  // as they are called: "lambda = 0.5", "lambda = 0"
  PairedDifference difference;
  double corrected_p = 1;  // Holm's, over `comparisons`
  size_t comparisons = 1;  // how many were tested together
};

enum class PairedOutcome {
  higher,  // the difference is above 0, corrected
  lower,
  cannot_tell,  // tested, and not found
  no_spread,    // the same in every pair: nothing to reckon a chance from
  too_few,      // below two pairs
};

PairedOutcome outcome_of(const PairedComparison& comparison);

// "lambda = 0.5 is better than lambda = 0 by 2.1 points [0.4, 3.8], n = 5"; "these data cannot tell lambda = 0.5 from
// lambda = 0: +2.1 points [-0.4, 4.6], n = 5; ...". The interval is the t interval of this comparison alone;
// where the bootstrap's holds 0 all the same, the sentence says so.
std::string verdict(const PairedComparison& comparison, const Measure& measure);

// The fewest digits after the point that tell an interval's ends from its middle.
int decimals_for(const PairedDifference& difference, double factor);

}  // namespace crescent
