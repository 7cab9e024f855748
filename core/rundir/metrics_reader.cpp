#include "core/rundir/metrics_reader.hpp"

#include <limits>

#include "core/base/files.hpp"
#include "core/base/json.hpp"

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

std::vector<StepReport> read_metrics(const std::string& run_folder) {
  const std::string path = run_folder + "/metrics.jsonl";
  const std::string text = read_file(path);
  std::vector<StepReport> steps;
  int line = 1;
  for (size_t begin = 0, end; (end = text.find('\n', begin)) != text.npos; begin = end + 1, ++line)
    steps.push_back(read_step(std::string_view(text).substr(begin, end - begin), {path, line}));
  return steps;
}

}  // namespace crescent
