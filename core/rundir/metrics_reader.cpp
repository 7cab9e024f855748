#include "core/rundir/metrics_reader.hpp"

#include <limits>

#include "core/base/json.hpp"
#include "core/base/lines.hpp"

namespace crescent {

static StepReport read_step(std::string_view line, const Place& place) {
  const Json json = parse_json(line, place);
  StepReport report;
  report.step = integer_member(json, "step", place);
  report.phase = string_member(json, "phase", place);
  for (const auto& [name, value] : json.items()) {
    if (name == "step" || name == "phase") continue;
    if (name == "view")
      report.view = string_member(json, "view", place);
    else if (value.is_null())
      report.metrics.emplace_back(name, std::numeric_limits<double>::quiet_NaN());
    else
      report.metrics.emplace_back(name, number_member(json, name, place));
  }
  return report;
}

static std::vector<StepReport> read_steps(const std::string& path) {
  std::vector<StepReport> steps;
  for_each_whole_line(path, [&](std::string_view line, int number) {
    steps.push_back(read_step(line, {path, number}));
  });
  return steps;
}

std::vector<StepReport> read_metrics(const std::string& run_folder) {
  return read_steps(run_folder + "/metrics.jsonl");
}

std::vector<StepReport> read_timings(const std::string& run_folder) {
  return read_steps(run_folder + "/timings.jsonl");
}

}  // namespace crescent
