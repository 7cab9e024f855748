// What `crescent report` writes of a sweep: one HTML file that needs no network, and the same for programs.
#pragma once

#include <cstdint>
#include <string>

#include "core/base/task.hpp"
#include "core/findings/findings.hpp"

namespace crescent {

struct SweepReport {
  std::string html;
  std::string statistics;   // statistics.json
  std::string differences;  // differences.csv
  int64_t runs = 0, finished = 0;
  bool fits = true;  // false: larger than most_bytes although the curves were left out
};

// `links`: the sweep's folder as the page is to call it, relative to where the page will lie; "" for beside it. Curves
// lose points, then metrics, where the page would exceed most_bytes; it says so. Throws as read_sweep_files does.
SweepReport make_sweep_report(const std::string& folder, const std::string& links, size_t most_bytes = 5'000'000,
                              const OnProgress& on_progress = {});

}  // namespace crescent
