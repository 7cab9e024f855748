#include <cmath>

#include "core/findings/tables.hpp"
#include "core/stats/sample_size.hpp"

namespace crescent {

namespace {

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(); }

Json interval(const std::optional<Interval>& of) { return of ? Json{of->low, of->high} : Json(); }

Json level(size_t place) { return place == kUnset ? Json() : Json(place); }

Json levels_json(const std::vector<size_t>& levels) {
  Json list = Json::array();
  for (const size_t place : levels) list.push_back(level(place));
  return list;
}

Json mean_json(const Mean& mean) {
  return {{"n", mean.n},
          {"mean", number(mean.mean)},
          {"deviation", number(mean.deviation)},
          {"t_interval", interval(mean.by_t)}};
}

const char* outcome_name(PairedOutcome outcome) {
  switch (outcome) {
    case PairedOutcome::higher:
      return "higher";
    case PairedOutcome::lower:
      return "lower";
    case PairedOutcome::cannot_tell:
      return "cannot_tell";
    case PairedOutcome::no_spread:
      return "no_spread";
    case PairedOutcome::too_few:
      return "too_few";
  }
  return "";
}

Json comparison_json(const PairedComparison& c, const Measure& measure) {
  const PairedDifference& d = c.difference;
  Json json = {{"setting", c.setting},
               {"baseline", c.baseline},
               {"n", d.n()},
               {"seeds", d.seeds},
               {"differences", d.values},
               {"only_setting", d.only_setting},
               {"only_baseline", d.only_baseline},
               {"mean", number(d.mean)},
               {"deviation", number(d.deviation)},
               {"t_interval", interval(d.by_t)},
               {"bootstrap_interval", interval(d.by_bootstrap)},
               {"p", number(d.p)},
               {"corrected_p", number(c.corrected_p)},
               {"comparisons", c.comparisons}};
  const auto needed = d.varies() ? seeds_needed(d.mean, d.deviation) : std::nullopt;
  json["seeds_needed"] = needed ? Json(*needed) : Json();
  json["outcome"] = outcome_name(outcome_of(c));
  json["verdict"] = verdict(c, measure);
  return json;
}

Json optional_json(const std::optional<PairedComparison>& comparison, const Measure& measure) {
  return comparison ? comparison_json(*comparison, measure) : Json();
}

Json factorial_json(const FactorialFinding& finding, const Measure& measure) {
  Json effects = Json::array(), factors = Json::array();
  for (const EffectFinding& found : finding.effects) {
    const FactorialEffect& e = found.effect;
    effects.push_back({{"factors", e.factors},
                       {"f", number(e.f)},
                       {"degrees1", e.degrees1},
                       {"degrees2", e.degrees2},
                       {"epsilon", e.epsilon},
                       {"p", number(e.p)},
                       {"corrected_p", number(found.corrected_p)},
                       {"verdict", found.verdict}});
  }
  for (const auto& levels : finding.levels) {
    Json list = Json::array();
    for (const LevelFinding& one : levels)
      list.push_back(
          {{"mean", mean_json(one.mean)}, {"against_baseline", optional_json(one.against_baseline, measure)}});
    factors.push_back(std::move(list));
  }
  return {{"why_not", finding.why_not},   {"factors", finding.factors},    {"seeds", finding.seeds},
          {"left_out", finding.left_out}, {"effects", std::move(effects)}, {"levels", std::move(factors)}};
}

const char* good_name(Measure::Good good) {
  return good == Measure::Good::more ? "more" : good == Measure::Good::less ? "less" : "neither";
}

Json metric_json(const MetricFindings& of) {
  Json means = Json::array(), comparisons = Json::array();
  for (const Mean& mean : of.means) means.push_back(mean_json(mean));
  for (const auto& comparison : of.comparisons) comparisons.push_back(optional_json(comparison, of.measure));
  return {{"name", of.metric},
          {"measure", {{"factor", of.measure.factor}, {"unit", of.measure.unit}, {"good", good_name(of.measure.good)}}},
          {"decimals", decimals_of(of)},
          {"means", std::move(means)},
          {"comparisons", std::move(comparisons)},
          {"factorial", factorial_json(of.factorial, of.measure)}};
}

}  // namespace

Json findings_json(const SweepFiles& sweep, const Findings& findings) {
  Json factors = Json::array(), settings = Json::array(), metrics = Json::array();
  for (const FactorRecord& factor : sweep.factors)
    factors.push_back({{"name", factor.name}, {"values", factor.values}});
  for (const SweepSetting& setting : findings.settings) {
    Json cells = Json::array();
    for (const size_t c : setting.cells) cells.push_back(sweep.cells[c].key);
    settings.push_back({{"name", setting_name(sweep, setting.levels)},
                        {"levels", levels_json(setting.levels)},
                        {"cells", std::move(cells)},
                        {"partner", level(setting.partner)}});
  }
  for (const MetricFindings& of : findings.metrics) metrics.push_back(metric_json(of));
  Json json = {{"name", sweep.name}, {"level", kLevel}, {"seeds", sweep.seeds}, {"factors", std::move(factors)}};
  json["baseline"] = sweep.baseline.empty() ? Json() : levels_json(sweep.baseline);
  json["caveats"] = findings.caveats;
  json["no_comparison"] = findings.no_comparison;
  json["settings"] = std::move(settings);
  json["metrics"] = std::move(metrics);
  return json;
}

}  // namespace crescent
