// A sweep's findings as tables: for a paper (Markdown, LaTeX) and for programs (CSV, JSON).
#pragma once

#include <string>
#include <vector>

#include "core/base/json.hpp"
#include "core/findings/findings.hpp"

namespace crescent {

// For each metric: its verdicts, a table of settings with means and differences, and one of effects. Each says what its
// intervals are; caveats come first.
std::string markdown_tables(const SweepFiles& sweep, const Findings& findings);
std::string latex_tables(const SweepFiles& sweep, const Findings& findings);  // needs \usepackage{booktabs}

// differences.csv: a row for each metric and setting, compared or not; what is not known is empty. Plain numbers:
// shares are not percent.
std::string differences_csv(const SweepFiles& sweep, const Findings& findings);

// statistics.json: everything, NaN as null.
Json findings_json(const SweepFiles& sweep, const Findings& findings);

}  // namespace crescent
