// `crescent report` of a sweep.
#pragma once

#include <string>

#include "core/base/task.hpp"

namespace crescent {

enum class ReportFormat { html, markdown, latex };

// html: writes the page (out, or report.html in the sweep), and statistics.json and differences.csv into the sweep;
// returns what to tell of it. The others: writes the tables to `out` and says so, or returns them where it is "".
// Throws a usage Error where `folder` is no sweep.
std::string write_sweep_report(const std::string& folder, const std::string& out = "",
                               ReportFormat format = ReportFormat::html, const OnProgress& on_progress = {});

}  // namespace crescent
