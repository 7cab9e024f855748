// `crescent report`: finds what the report needs besides the run directories, and writes the page.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/app/resources.hpp"
#include "core/base/task.hpp"

namespace crescent {

struct ReportRequest {
  std::vector<std::string> runs;  // run directories; the first one's settings are what others are compared with
  std::string out;                // "": report.html in the run directory or, for several, in the present one
  int64_t rollouts = 4000;        // of each run, to be shown
};

// Writes the page and returns what to tell of it: where it is and what it shows. Records or a tokenizer that are not to
// be had any more are missing in the page, which says why. Throws a usage Error for what is no run directory.
std::string write_report(const ReportRequest& request, const Resources& resources, const OnProgress& on_progress = {});

}  // namespace crescent
