#include "core/app/result_table.hpp"

#include <fmt/format.h>

#include <cmath>
#include <vector>

#include "core/report/result_rows.hpp"
#include "core/rundir/metrics_reader.hpp"

namespace crescent {

namespace {

std::string cell(const StepReport& step, const std::string& view) {
  const double greedy = value_or_nan(step.metrics, fmt::format("val/{}/accuracy", view));
  const double sampled = value_or_nan(step.metrics, fmt::format("val/{}/sampled", view));
  if (std::isnan(greedy)) return "-";
  return std::isnan(sampled) ? fmt::format("{:.1f}", 100 * greedy)
                             : fmt::format("{:.1f} ({:.1f})", 100 * greedy, 100 * sampled);
}

}  // namespace

std::string result_table(const RunConfig& config, const std::string& run_folder) {
  const auto steps = read_metrics(run_folder);
  const auto rows = result_rows(steps, config.validation.views.front());
  std::string text = fmt::format("{:<24}{:>8}", "accuracy in per cent", "step");
  for (const std::string& view : config.validation.views) text += fmt::format("{:>16}", view);
  text += "\n";
  for (const ResultRow& row : rows) {
    text += fmt::format("{:<24}{:>8}", row.label, row.report.step);
    for (const std::string& view : config.validation.views) text += fmt::format("{:>16}", cell(row.report, view));
    text += "\n";
  }
  text += config.validation.samples > 0
              ? fmt::format("greedy; in brackets the mean of {} samples; held-out records\n", config.validation.samples)
              : "greedy; held-out records\n";
  if (const std::string signal = signal_text(signal_rows(steps)); !signal.empty()) text += signal + "\n";
  return text;
}

Json result_json(const RunConfig& config, const std::string& run_folder) {
  Json list = Json::array();
  for (const ResultRow& row : result_rows(read_metrics(run_folder), config.validation.views.front())) {
    Json item = {{"row", row.label}, {"step", row.report.step}};
    for (const std::string& view : config.validation.views)
      for (const char* kind : {"accuracy", "sampled"}) {
        const std::string name = fmt::format("val/{}/{}", view, kind);
        if (const double value = value_or_nan(row.report.metrics, name); !std::isnan(value)) item[name] = value;
      }
    list.push_back(std::move(item));
  }
  return list;
}

}  // namespace crescent
