#include "core/report/report.hpp"

#include <fmt/chrono.h>

#include <algorithm>
#include <ctime>
#include <memory>
#include <utility>

#include "core/base/json.hpp"
#include "core/config/toml.hpp"
#include "core/report/page.hpp"
#include "core/report/payload.hpp"
#include "core/rundir/config_diff.hpp"
#include "core/rundir/rollout_reader.hpp"

namespace crescent {

namespace {

using Contents = std::vector<std::unique_ptr<RunContent>>;

// In what the settings of each later run differ from the first one's.
Json differences_json(const Contents& contents) {
  const auto table = [](const RunContent& content) {
    return read_toml(content.files.config_toml, content.files.folder + "/config.toml");
  };
  Json list = Json::array();
  for (size_t i = 1; i < contents.size(); ++i) {
    const Value first = table(*contents[0]), other = table(*contents[i]);
    Json rows = Json::array();
    for (const ConfigDifference& d : diff_config(*first.get<Table>(), *other.get<Table>()))
      rows.push_back({d.key, d.old_value, d.new_value});
    list.push_back({{"run", i}, {"differences", std::move(rows)}});
  }
  return list;
}

// More than compression makes of any rollouts: what is larger cannot fit.
constexpr uint64_t kMostShrinking = 20;

Report build(const Contents& contents, const ReportLimits& limits, uint64_t most_bytes) {
  Report report;
  Json runs = Json::array();
  std::string rollouts;
  for (size_t i = 0; i < contents.size(); ++i) {
    const RunContent& content = *contents[i];
    runs.push_back(run_json(content, limits));
    const RolloutSample sample =
        sample_rollouts(RolloutReader(content.files.folder), limits.rollouts, kMostShrinking * most_bytes);
    report.rollouts_shown += sample.rollouts();
    report.rollouts_recorded += sample.recorded;
    rollouts += data_element(fmt::format("rollouts-{}", i),
                             rollouts_json(content, sample, limits.picture_bytes / contents.size(), limits.records));
  }
  const Json main = {{"program", "crescent " CRESCENT_VERSION},
                     {"made", fmt::format("{:%Y-%m-%d %H:%M} UTC", fmt::gmtime(std::time(nullptr)))},
                     {"differences", differences_json(contents)},
                     {"runs", std::move(runs)}};
  report.html = make_page(PageKind::runs, data_element("data", main) + rollouts);
  return report;
}

}  // namespace

Report make_report(const std::vector<ReportRun>& runs, const ReportOptions& options, const OnProgress& on_progress) {
  Contents contents;
  for (const ReportRun& run : runs) contents.push_back(std::make_unique<RunContent>(run, on_progress));
  const Task writing(on_progress, "writing the report");
  ReportLimits limits;
  limits.rollouts = options.rollouts;
  constexpr int kMostHalvings = 12;
  for (int i = 0;; ++i) {
    Report report = build(contents, limits, options.most_bytes);
    report.fits = report.html.size() <= options.most_bytes;
    if (report.fits || i == kMostHalvings) return report;
    if (std::exchange(limits.records, 0) > 0) continue;
    limits.rollouts /= 2;
    limits.picture_bytes /= 2;
    limits.visits /= 2;
    limits.curve_points = std::max<size_t>(200, limits.curve_points / 2);
  }
}

}  // namespace crescent
