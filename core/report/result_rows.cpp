#include "core/report/result_rows.hpp"

#include <fmt/format.h>

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

}  // namespace crescent
