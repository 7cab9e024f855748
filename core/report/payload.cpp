#include "core/report/payload.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>

#include "core/report/result_rows.hpp"
#include "core/rundir/rollout_reader.hpp"

namespace crescent {

namespace {

// A phase that has not been left: its last validation is not the one after it.
bool is_under_way(const RunFiles& run, const StepReport& validated) {
  if (run.state == RunState::finished || validated.step == 0 || validated.phase != run.steps.back().phase) return false;
  if (validated.phase == "cold_start") return validated.step < run.config.sft.steps;
  return std::none_of(run.transitions.begin(), run.transitions.end(), [&](const PhaseEvent& event) {
    return event.from == validated.phase && event.step >= validated.step;
  });
}

Json result_json(const RunFiles& run) {
  const auto& validation = run.config.validation;
  Json rows = Json::array();
  for (const ResultRow& row : result_rows(run.steps, validation.views.front())) {
    Json cells = Json::array();
    for (const std::string& view : validation.views)
      cells.push_back({short_number(value_or_nan(row.report.metrics, "val/" + view + "/accuracy")),
                       short_number(value_or_nan(row.report.metrics, "val/" + view + "/sampled"))});
    const std::string label = is_under_way(run, row.report) ? "in " + row.label.substr(6) + ", so far" : row.label;
    rows.push_back({{"label", label}, {"step", row.report.step}, {"cells", std::move(cells)}});
  }
  return {{"views", validation.views}, {"samples", validation.samples}, {"rows", std::move(rows)}};
}

Json phases_json(const RunFiles& run) {
  Json bands = Json::array();
  for (const PhaseBand& band : phase_bands(run.steps)) {
    Json view;
    for (const PhaseConfig& phase : run.config.phases)
      if (phase.name == band.phase) view = view_name(phase.view);
    bands.push_back({{"name", band.phase}, {"view", view}, {"first", band.first_step}, {"last", band.last_step}});
  }
  return bands;
}

Json transitions_json(const RunFiles& run) {
  Json list = Json::array();
  for (const PhaseEvent& event : run.transitions) {
    list.push_back({{"step", event.step}, {"from", event.from}, {"to", event.to}, {"reason", event.reason}});
  }
  return list;
}

Json numbers(const std::vector<double>& values) {
  Json list = Json::array();
  for (const double value : values) list.push_back(short_number(value));
  return list;
}

// Steps as differences: the same small number over and over, which compresses to nothing.
Json differences(const std::vector<int64_t>& steps) {
  Json list = Json::array();
  int64_t before = 0;
  for (const int64_t step : steps) list.push_back(step - before), before = step;
  return list;
}

Json scores_json(const std::vector<ScoreSnapshot>& snapshots, size_t most) {
  const ScoreReport report = report_scores(snapshots, most);
  Json histograms = Json::array(), transitions = Json::array();
  for (const ScoreHistogram& h : report.histograms)
    histograms.push_back({{"step", h.step},
                          {"phase", h.phase},
                          {"view", view_name(h.view)},
                          {"prompts", h.prompts},
                          {"mean", short_number(h.mean)},
                          {"share", short_number(h.effective_share)},
                          {"counts", h.counts}});
  for (const ScoreTransition& t : report.transitions)
    transitions.push_back(
        {{"from", t.from_step}, {"to", t.to_step}, {"view", view_name(t.view)}, {"counts", t.counts}});
  return {{"top", short_number(report.top)},
          {"recorded", report.recorded},
          {"histograms", std::move(histograms)},
          {"transitions", std::move(transitions)}};
}

Json difficulty_json(const DifficultyReport& report) {
  Json curves = Json::array();
  for (const PassCurve& curve : report.curves)
    curves.push_back(
        {{"level", curve.level}, {"view", view_name(curve.view)}, {"judged", curve.judged}, {"passed", curve.passed}});
  return {{"levels", report.levels},
          {"in_order", report.levels_in_order},
          {"per_point", report.steps_per_point},
          {"steps", report.steps},
          {"curves", std::move(curves)}};
}

// A prompt's visits as flat quintuples: steps since the one before, view, draws, judged, passed.
Json visits_json(const PromptHistory& prompt) {
  Json list = Json::array();
  int64_t before = 0;
  for (const PromptVisit& visit : prompt.visits) {
    for (const int64_t number : {visit.step - before, static_cast<int64_t>(visit.view), int64_t{visit.draws},
                                 int64_t{visit.judged}, int64_t{visit.passed}})
      list.push_back(number);
    before = visit.step;
  }
  return list;
}

Json prompts_json(const RunContent& content, size_t most_visits) {
  const auto [histories, together] = content.history.merged_prompts(most_visits);
  Json list = Json::array();
  for (const PromptHistory& prompt : histories)
    list.push_back({prompt.id, content.levels.of(prompt.id), visits_json(prompt)});
  return {{"together", together}, {"list", std::move(list)}};
}

// All seconds of the run by what took them; "all" is steps and validation.
Json seconds_json(const std::vector<StepReport>& timings) {
  std::map<std::string, double> sums{{"all", 0}};
  for (const StepReport& step : timings)
    for (const auto& [name, value] : step.metrics) {
      if (!name.ends_with("_s") || name.ends_with("_per_s") || !std::isfinite(value)) continue;
      sums[name] += value;
      if (name == "step_s" || name == "validate_s") sums["all"] += value;
    }
  Json json;
  for (const auto& [name, sum] : sums) json[name] = short_number(sum);
  return json;
}

const char* state_name(RunState state) {
  return state == RunState::finished ? "finished" : state == RunState::running ? "running" : "interrupted";
}

Json texts_json(const NamedTexts& texts) {
  Json list = Json::array();
  for (const auto& [name, text] : texts) list.push_back({name, text});
  return list;
}

}  // namespace

Json curves_json(const std::vector<StepReport>& steps, size_t most_points) {
  const Curves curves = make_curves(steps, most_points);
  Json list = Json::array();
  for (const Curve& curve : curves.curves) {
    Json entry = {{"name", curve.name}};
    if (!curve.view.empty()) entry["view"] = curve.view;
    if (!curve.steps.empty()) entry["steps"] = differences(curve.steps);
    entry["values"] = numbers(curve.values);
    list.push_back(std::move(entry));
  }
  return {{"per_point", curves.steps_per_point}, {"steps", differences(curves.steps)}, {"curves", std::move(list)}};
}

Json short_number(double value) {
  if (!std::isfinite(value)) return nullptr;
  char text[32];
  *fmt::format_to_n(text, sizeof text - 1, "{:.5g}", value).out = '\0';
  const double rounded = std::strtod(text, nullptr);
  if (rounded == std::trunc(rounded) && std::abs(rounded) < 1e15) return static_cast<int64_t>(rounded);  // 3, not 3.0
  return rounded;
}

RunContent::RunContent(const ReportRun& of, const OnProgress& on_progress)
    : run(&of),
      files(read_run_files(of.folder)),
      snapshots(read_score_snapshots(of.folder)),
      levels(of.records),
      history(levels) {
  const auto use = [&](LoggedRollout&& rollout) {
    history.add(rollout);
    return true;
  };
  RolloutReader(of.folder).read_all(RolloutDetail::scores, use, on_progress);
}

Json run_json(const RunContent& content, const ReportLimits& limits) {
  const RunFiles& run = content.files;
  Json json;
  json["name"] = run.config.name;
  json["folder"] = run.folder;
  json["state"] = state_name(run.state);
  json["records_note"] = content.run->records_note;
  json["tokenizer_note"] = content.run->tokenizer_note;
  json["result"] = result_json(run);
  json["phases"] = phases_json(run);
  json["transitions"] = transitions_json(run);
  json["curves"] = curves_json(run.steps, limits.curve_points);
  json["timings"] = curves_json(run.timings, limits.curve_points);
  json["seconds"] = seconds_json(run.timings);
  json["scores"] = scores_json(content.snapshots, limits.snapshots);
  json["difficulty"] = difficulty_json(content.history.difficulty(limits.difficulty_points));
  json["prompts"] = prompts_json(content, limits.visits);
  json["config"] = run.config_toml;
  json["sampler"] = run.config.sampler.plugin;
  json["signal"] = signal_text(signal_rows(run.steps));
  json["experiment"] = texts_json(run.experiment);
  json["manifest"] = run.manifest;
  json["warnings"] = run.warnings;
  json["all_warnings"] = run.all_warnings;
  return json;
}

}  // namespace crescent
