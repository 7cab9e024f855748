// `crescent report`: one HTML file that shows one or several runs, needs no network and opens at once.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/task.hpp"
#include "core/data/record.hpp"
#include "core/text/tokenizer.hpp"

namespace crescent {

// A run and what its directory does not hold itself. Borrowed.
struct ReportRun {
  std::string folder;                    // run directory
  const Dataset* records = nullptr;      // training records; null: no questions, pictures and levels of difficulty
  std::string records_note;              // what the reader should know of them: why there are none, that they changed
  const Tokenizer* tokenizer = nullptr;  // null: no tokens and probabilities
  std::string tokenizer_note;
};

struct ReportOptions {
  int64_t rollouts = 4000;        // of each run, to be shown; fewer where the page would grow too large
  size_t most_bytes = 5'000'000;  // of the page
};

struct Report {
  std::string html;
  int64_t rollouts_shown = 0, rollouts_recorded = 0;  // over all runs
  bool fits = true;  // false: larger than most_bytes although everything that can be was left out
};

// Reads the run directories, finished or still being written. Where the page would exceed most_bytes, first the
// records of which no rollout is shown are left out; then rollouts, pictures and the detail of curves and histories are
// halved until it fits; the page says what it shows. Holds at most about 20 times most_bytes of rollouts in memory.
// Throws a usage Error for a folder that is no run directory; Error with file and line for what is damaged.
Report make_report(const std::vector<ReportRun>& runs, const ReportOptions& options,
                   const OnProgress& on_progress = {});

}  // namespace crescent
