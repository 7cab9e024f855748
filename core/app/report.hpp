// `crescent report`: finds what the report needs besides the run directories, and writes the page.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/app/resources.hpp"
#include "core/app/sweep_report.hpp"
#include "core/base/task.hpp"

namespace crescent {

struct ReportRequest {
  std::vector<std::string> runs;    // run directories, the first one's settings being what others are compared with; or
                                    // that of a sweep, alone
  std::string out;                  // "": report.html in the run directory or, for several, in the present one
  std::optional<int64_t> rollouts;  // of each run, to be shown; nothing: 4000
  ReportFormat format = ReportFormat::html;  // the others: of a sweep's tables
};

// Writes the page and returns what to tell of it: where it is and what it shows. Records or a tokenizer that are not to
// be had any more are missing in the page, which says why. Throws a usage Error for what is no run directory.
std::string write_report(const ReportRequest& request, const Resources& resources, const OnProgress& on_progress = {});

}  // namespace crescent
