#include "core/findings/sweep_report.hpp"

#include <fmt/chrono.h>

#include <algorithm>
#include <cmath>
#include <ctime>
#include <filesystem>
#include <optional>

#include "core/base/file_errors.hpp"
#include "core/findings/cost.hpp"
#include "core/findings/tables.hpp"
#include "core/report/page.hpp"
#include "core/report/payload.hpp"
#include "core/rundir/metrics_reader.hpp"
#include "core/stats/distributions.hpp"

namespace crescent {

namespace fs = std::filesystem;

namespace {

// What is read of a cell's run directory.
struct CellRun {
  std::vector<StepReport> steps;  // empty: it has none yet, or they cannot be read
  StepSeconds seconds;
  std::vector<PhaseBand> phases;
  bool has_page = false;
  std::string unreadable;  // why its files cannot be read; "": they can
};

StepSeconds step_seconds(const std::vector<StepReport>& timings) {
  StepSeconds seconds;
  for (const StepReport& step : timings) {
    double sum = 0;
    for (const char* name : {"step_s", "validate_s"}) sum += find_value(step.metrics, name).value_or(0);
    seconds.emplace_back(step.step, sum);
  }
  return seconds;
}

CellRun read_cell_run(const std::string& folder) {
  CellRun run;
  try {
    with_file_errors(folder, [&] {
      if (fs::exists(folder + "/metrics.jsonl")) run.steps = read_metrics(folder);
      if (fs::exists(folder + "/timings.jsonl")) run.seconds = step_seconds(read_timings(folder));
      run.has_page = fs::is_regular_file(folder + "/report.html");
    });
    run.phases = phase_bands(run.steps);
  } catch (const Error& error) {
    run.unreadable = error.what();
  }
  return run;
}

bool is_validation(const std::string& name) { return name.ends_with("/accuracy") || name.ends_with("/sampled"); }

bool is_drawn(const std::string& name) {
  constexpr const char* kDrawn[] = {"reward",    "pass_rate", "zero_variance_groups", "entropy", "response_tokens",
                                    "grad_norm", "sft/loss"};
  return is_validation(name) || std::find(std::begin(kDrawn), std::end(kDrawn), name) != std::end(kDrawn);
}

enum class CurveDetail { all, validation, none };

std::vector<StepReport> drawn_metrics(const std::vector<StepReport>& steps, CurveDetail detail) {
  std::vector<StepReport> out;
  for (const StepReport& step : steps) {
    StepReport& kept = out.emplace_back(StepReport{step.step, step.phase, step.view, {}, {}});
    for (const auto& metric : step.metrics)
      if (detail == CurveDetail::all ? is_drawn(metric.first) : is_validation(metric.first))
        kept.metrics.push_back(metric);
  }
  return out;
}

bool same_phases(const std::vector<PhaseBand>& a, const std::vector<PhaseBand>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const PhaseBand& x, const PhaseBand& y) {
    return x.phase == y.phase && x.first_step == y.first_step && x.last_step == y.last_step;
  });
}

// The phases behind the curves: nothing where the runs have different ones.
Json phases_json(const std::vector<CellRun>& runs) {
  const CellRun* first = nullptr;
  for (const CellRun& run : runs) {
    if (run.steps.empty()) continue;
    if (first && !same_phases(first->phases, run.phases)) return Json::array();
    first = &run;
  }
  Json bands = Json::array();
  if (first)
    for (const PhaseBand& band : first->phases)
      bands.push_back({{"name", band.phase}, {"first", band.first_step}, {"last", band.last_step}});
  return bands;
}

Json cells_json(const SweepFiles& sweep, const std::vector<CellRun>& runs, const std::string& links) {
  Json list = Json::array();
  for (size_t c = 0; c < sweep.cells.size(); ++c) {
    const CellRecord& cell = sweep.cells[c];
    Json values = Json::array();
    for (const std::string& metric : sweep.metrics) values.push_back(short_number(value_or_nan(cell.values, metric)));
    list.push_back(
        {{"key", cell.key},
         {"folder", sweep.folder + "/" + cell.directory},
         {"page", runs[c].has_page ? Json((fs::path(links) / cell.directory / "report.html").string()) : Json()},
         {"seed", cell.seed},
         {"state", cell.state},
         {"error", cell.error},
         {"steps", cell.steps ? Json(*cell.steps) : Json()},
         {"values", std::move(values)}});
  }
  return list;
}

Json cost_json(const SweepCost& cost) {
  return {{"why_not", cost.why_not},
          {"runs", cost.runs},
          {"asked_steps", cost.asked_steps},
          {"run_steps", cost.run_steps},
          {"asked_seconds", short_number(cost.asked_seconds)},
          {"run_seconds", short_number(cost.run_seconds)}};
}

Json edges_json(const SweepFiles& sweep, const SweepCost& cost) {
  std::map<std::string, size_t> numbers;
  Json list = Json::array();
  for (size_t e = 0; e < sweep.edges.size(); ++e) {
    const EdgeRecord& edge = sweep.edges[e];
    numbers[edge.id] = e;
    const auto parent = numbers.find(edge.parent);
    const auto end = end_of(sweep, edge);
    list.push_back({{"parent", edge.parent.empty() || parent == numbers.end() ? Json() : Json(parent->second)},
                    {"from", edge.from_step},
                    {"to", end ? Json(*end) : Json()},
                    {"cells", edge.cells},
                    {"state", edge.state},
                    {"split", edge.split},
                    {"seconds", short_number(cost.edge_seconds[e])}});
  }
  return list;
}

// Student's factor for 1 to n - 1 degrees of freedom: the page makes bands of whatever runs a reader puts together.
Json t_factors(size_t n) {
  Json list = Json::array();
  for (size_t degrees = 1; degrees < n; ++degrees)
    list.push_back(short_number(t_quantile((1 + kLevel) / 2, static_cast<double>(degrees))));
  return list;
}

Json curves_of(const std::vector<CellRun>& runs, CurveDetail detail, size_t points) {
  Json list = Json::array();
  if (detail == CurveDetail::none) return list;
  for (const CellRun& run : runs) list.push_back(curves_json(drawn_metrics(run.steps, detail), points));
  return list;
}

const char* detail_name(CurveDetail detail) {
  return detail == CurveDetail::all ? "all" : detail == CurveDetail::validation ? "validation" : "none";
}

std::vector<std::string> unreadable(const std::vector<CellRun>& runs) {
  std::vector<std::string> notes;
  for (const CellRun& run : runs)
    if (!run.unreadable.empty()) notes.push_back("curves and seconds of a run are missing: " + run.unreadable);
  return notes;
}

}  // namespace

SweepReport make_sweep_report(const std::string& folder, const std::string& links, size_t most_bytes,
                              const OnProgress& on_progress) {
  const SweepFiles sweep = read_sweep_files(folder);
  Findings findings = findings_of(sweep);
  std::vector<CellRun> runs;
  std::vector<StepSeconds> seconds;
  Task reading(on_progress, "reading runs", static_cast<int64_t>(sweep.cells.size()));
  for (const CellRecord& cell : sweep.cells) {
    runs.push_back(read_cell_run(folder + "/" + cell.directory));
    seconds.push_back(runs.back().seconds);
    reading.advance();
  }
  for (std::string& note : unreadable(runs)) findings.caveats.push_back(std::move(note));
  const SweepCost cost = cost_of(sweep, seconds);

  Json main = findings_json(sweep, findings);
  SweepReport report;
  report.statistics = main.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
  report.differences = differences_csv(sweep, findings);
  report.runs = static_cast<int64_t>(sweep.cells.size());
  report.finished = std::count_if(sweep.cells.begin(), sweep.cells.end(),
                                  [](const CellRecord& cell) { return cell.state == "finished"; });
  main["program"] = "crescent " CRESCENT_VERSION;
  main["made"] = fmt::format("{:%Y-%m-%d %H:%M} UTC", fmt::gmtime(std::time(nullptr)));
  main["cells"] = cells_json(sweep, runs, links);
  main["cost"] = cost_json(cost);
  main["edges"] = edges_json(sweep, cost);
  main["t"] = t_factors(sweep.seeds.size());
  main["phases"] = phases_json(runs);
  size_t points = 400;
  constexpr size_t kFewestPoints = 50;
  for (CurveDetail detail = CurveDetail::all;; points /= 2) {
    if (points < kFewestPoints)
      points = 200, detail = detail == CurveDetail::all ? CurveDetail::validation : CurveDetail::none;
    main["curve_detail"] = detail_name(detail);
    main["curves"] = curves_of(runs, detail, points);
    report.html = make_page(PageKind::sweep, data_element("data", main));
    report.fits = report.html.size() <= most_bytes;
    if (report.fits || detail == CurveDetail::none) return report;
  }
}

}  // namespace crescent
