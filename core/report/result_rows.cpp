#include "core/report/result_rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace crescent {

std::vector<ResultRow> result_rows(const std::vector<StepReport>& steps, const std::string& view) {
  const std::string probe = fmt::format("val/{}/accuracy", view);
  std::vector<ResultRow> rows;
  std::string stretch;
  for (const StepReport& step : steps) {
    if (std::isnan(value_or_nan(step.metrics, probe))) continue;
    if (step.step == 0) {
      rows.push_back({"before training", step});
      continue;
    }
    const std::string label = "after " + (step.phase == "cold_start" ? std::string("the cold start") : step.phase);
    if (stretch == step.phase)
      rows.back() = {label, step};
    else
      rows.push_back({label, step});
    stretch = step.phase;
  }
  return rows;
}

std::vector<SignalRow> signal_rows(const std::vector<StepReport>& steps) {
  std::vector<SignalRow> rows;
  std::vector<double> counts;
  for (const StepReport& step : steps) {
    const double flat = value_or_nan(step.metrics, "zero_variance_groups");
    if (std::isnan(flat)) continue;
    const auto known =
        std::find_if(rows.begin(), rows.end(), [&](const SignalRow& r) { return r.phase == step.phase; });
    const auto at = static_cast<size_t>(known - rows.begin());
    if (known == rows.end()) rows.push_back({step.phase, 0}), counts.push_back(0);
    counts[at] += 1;
    rows[at].share += (1 - flat - rows[at].share) / counts[at];
  }
  return rows;
}

std::string signal_text(const std::vector<SignalRow>& rows) {
  if (rows.empty()) return "";
  constexpr double kMost = 0.8;  // from here on little is left to gain
  double least = 1;
  std::string list;
  for (const SignalRow& row : rows) {
    list += fmt::format("{}{} {:.0f} %", list.empty() ? "" : ", ", row.phase, 100 * row.share);
    least = std::min(least, row.share);
  }
  if (rows.size() == 1) list = fmt::format("{:.0f} %", 100 * least);  // it needs no name
  if (least <= 0) return fmt::format("Groups with a signal (rewards not all equal): {}.", list);
  return fmt::format(
      "Groups with a signal (rewards not all equal): {}. A sampler that chose only such prompts would have at most "
      "{:.0f} % more{}.",
      list, 100 * (1 / least - 1), least >= kMost ? "; variance-aware sampling cannot help much here" : "");
}

}  // namespace crescent
