#include "core/findings/findings.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "core/stats/moments.hpp"

namespace crescent {

namespace {

bool varies(const SweepFiles& sweep, size_t factor) {
  return std::any_of(sweep.cells.begin(), sweep.cells.end(),
                     [&](const CellRecord& cell) { return cell.levels[factor] != sweep.cells[0].levels[factor]; });
}

std::string level_text(const SweepFiles& sweep, size_t factor, size_t level) {
  return level == kUnset ? fmt::format("{} not set", sweep.factors[factor].name)
                         : fmt::format("{} = {}", sweep.factors[factor].name, sweep.factors[factor].values[level]);
}

// Of the factors that `use` takes.
template <class Use>
std::string levels_text(const SweepFiles& sweep, const std::vector<size_t>& levels, const Use& use) {
  std::vector<std::string> parts;
  for (size_t f = 0; f < levels.size(); ++f)
    if (use(f)) parts.push_back(level_text(sweep, f, levels[f]));
  return fmt::format("{}", fmt::join(parts, ", "));
}

// The setting that has the baseline's values where the baseline says something, and this one's own elsewhere.
void find_partners(const SweepFiles& sweep, std::vector<SweepSetting>& settings) {
  if (sweep.baseline.empty()) return;
  std::map<std::vector<size_t>, size_t> numbers;
  for (size_t i = 0; i < settings.size(); ++i) numbers[settings[i].levels] = i;
  for (size_t i = 0; i < settings.size(); ++i) {
    std::vector<size_t> levels = settings[i].levels;
    for (size_t f = 0; f < levels.size(); ++f)
      if (sweep.baseline[f] != kUnset) levels[f] = sweep.baseline[f];
    if (const auto found = numbers.find(levels); found != numbers.end() && found->second != i)
      settings[i].partner = found->second;
  }
}

SeedValues values_of(const SweepFiles& sweep, const SweepSetting& setting, const std::string& metric) {
  SeedValues values;
  for (const size_t c : setting.cells)
    if (const double value = value_or_nan(sweep.cells[c].values, metric); std::isfinite(value))
      values[sweep.cells[c].seed] = value;
  return values;
}

Mean mean_of(const std::vector<double>& values) {
  Moments moments;
  for (const double value : values) moments.add(value);
  return {moments.values.size(), moments.mean(), moments.deviation(), t_interval(moments.values)};
}

Mean mean_of(const SeedValues& values) {
  std::vector<double> list;
  for (const auto& [seed, value] : values) list.push_back(value);
  return mean_of(list);
}

// "lambda = 0.5 at warm = 20" and "lambda = 0": what differs, and once what does not.
std::pair<std::string, std::string> names_of(const SweepFiles& sweep, const SweepSetting& a, const SweepSetting& b) {
  const auto differs = [&](size_t f) { return a.levels[f] != b.levels[f]; };
  const auto shared = [&](size_t f) { return !differs(f) && varies(sweep, f); };
  const std::string at = levels_text(sweep, a.levels, shared);
  return {levels_text(sweep, a.levels, differs) + (at.empty() ? "" : " at " + at),
          levels_text(sweep, b.levels, differs)};
}

void correct(std::vector<PairedComparison*> comparisons) {
  std::vector<double> p;
  size_t tested = 0;
  for (const PairedComparison* c : comparisons) p.push_back(c->difference.p), tested += !std::isnan(c->difference.p);
  const std::vector<double> corrected = holm(p);
  for (size_t i = 0; i < comparisons.size(); ++i) {
    comparisons[i]->corrected_p = corrected[i];
    comparisons[i]->comparisons = tested;
  }
}

std::vector<std::optional<PairedComparison>> compare(const SweepFiles& sweep, const std::vector<SweepSetting>& settings,
                                                     const std::string& metric) {
  std::vector<std::optional<PairedComparison>> list(settings.size());
  std::vector<PairedComparison*> made;
  for (size_t i = 0; i < settings.size(); ++i) {
    if (settings[i].partner == kUnset) continue;
    const SweepSetting& partner = settings[settings[i].partner];
    auto [setting, baseline] = names_of(sweep, settings[i], partner);
    list[i] = PairedComparison{
        setting, baseline, compare_paired(values_of(sweep, settings[i], metric), values_of(sweep, partner, metric))};
    made.push_back(&*list[i]);
  }
  correct(made);
  return list;
}

std::string effect_verdict(const SweepFiles& sweep, const FactorialFinding& finding, const EffectFinding& found) {
  const auto name = [&](size_t i) { return sweep.factors[finding.factors[found.effect.factors[i]]].name; };
  const bool main = found.effect.factors.size() == 1;
  const std::string what = main ? fmt::format("{} makes a difference", name(0))
                                : fmt::format("what {} does depends on {}", name(0), name(1));
  if (std::isnan(found.effect.p))
    return fmt::format(
        "these data cannot tell whether {}: its means differ by the same in all seeds, so that nothing "
        "is known of chance",
        what);
  const std::string test =
      fmt::format("F({:.3g}, {:.3g}) = {:.3g}, p = {:.2g} by Holm", found.effect.degrees1 * found.effect.epsilon,
                  found.effect.degrees2 * found.effect.epsilon, found.effect.f, found.corrected_p);
  if (found.corrected_p <= 1 - kLevel) return fmt::format("{}: {}", what, test);
  return fmt::format("these data cannot tell whether {}: {}", what, test);
}

// Why the settings are not a full grid of the factors that vary; "": they are.
std::string grid_gap(const SweepFiles& sweep, const std::vector<SweepSetting>& settings,
                     const std::vector<size_t>& factors, const FactorialGrid& grid) {
  if (factors.empty()) return "no factor has two values";
  for (const SweepSetting& setting : settings)
    for (const size_t f : factors)
      if (setting.levels[f] == kUnset)
        return fmt::format("the settings are no grid: {} is not set in all of them", sweep.factors[f].name);
  if (settings.size() != grid.cells())
    return fmt::format(
        "the settings are no full grid: {} of {} combinations are there, and without the others the "
        "factors cannot be told apart",
        settings.size(), grid.cells());
  return "";
}

// Each seed's values in all settings; those that lack one are left out.
void fill_grid(const SweepFiles& sweep, const std::vector<SweepSetting>& settings, const std::string& metric,
               FactorialGrid& grid, FactorialFinding& finding) {
  std::vector<SeedValues> values;
  for (const SweepSetting& setting : settings) values.push_back(values_of(sweep, setting, metric));
  for (const int64_t seed : sweep.seeds) {
    std::vector<double> row;
    for (const SeedValues& of : values)
      if (const auto found = of.find(seed); found != of.end()) row.push_back(found->second);
    const bool whole = row.size() == settings.size();
    (whole ? finding.seeds : finding.left_out).push_back(seed);
    if (whole) grid.values.push_back(std::move(row));
  }
}

std::vector<LevelFinding> level_findings(const SweepFiles& sweep, const FactorialGrid& grid,
                                         const FactorialFinding& finding, size_t at) {
  const auto means = level_means(grid, at);
  const size_t factor = finding.factors[at];
  const size_t base = sweep.baseline.empty() ? kUnset : sweep.baseline[factor];
  const auto by_seed = [&](size_t level) {
    SeedValues values;
    for (size_t s = 0; s < means.size(); ++s) values[finding.seeds[s]] = means[s][level];
    return values;
  };
  std::vector<LevelFinding> levels(grid.levels[at]);
  for (size_t level = 0; level < levels.size(); ++level) {
    levels[level].mean = mean_of(by_seed(level));
    if (base != kUnset && base != level)
      levels[level].against_baseline =
          PairedComparison{level_text(sweep, factor, level), level_text(sweep, factor, base),
                           compare_paired(by_seed(level), by_seed(base))};
  }
  return levels;
}

FactorialFinding factorial_of(const SweepFiles& sweep, const std::vector<SweepSetting>& settings,
                              const std::string& metric) {
  FactorialFinding finding;
  FactorialGrid grid;
  for (size_t f = 0; f < sweep.factors.size(); ++f)
    if (varies(sweep, f)) finding.factors.push_back(f), grid.levels.push_back(sweep.factors[f].values.size());
  finding.why_not = grid_gap(sweep, settings, finding.factors, grid);
  if (!finding.why_not.empty()) return finding;
  fill_grid(sweep, settings, metric, grid, finding);
  if (finding.seeds.size() < 2) {
    finding.why_not = fmt::format("{} of {} seeds {} every cell with this metric, and it takes two",
                                  finding.seeds.size(), sweep.seeds.size(), finding.seeds.size() == 1 ? "has" : "have");
    return finding;
  }
  std::vector<double> p;
  for (const FactorialEffect& effect : factorial_effects(grid)) {
    finding.effects.push_back({effect, 1, ""});
    p.push_back(effect.p);
  }
  const std::vector<double> corrected = holm(p);
  for (size_t i = 0; i < p.size(); ++i) {
    finding.effects[i].corrected_p = corrected[i];
    finding.effects[i].verdict = effect_verdict(sweep, finding, finding.effects[i]);
  }
  for (size_t at = 0; at < finding.factors.size(); ++at)
    finding.levels.push_back(level_findings(sweep, grid, finding, at));
  std::vector<PairedComparison*> comparisons;
  for (auto& levels : finding.levels)
    for (LevelFinding& level : levels)
      if (level.against_baseline) comparisons.push_back(&*level.against_baseline);
  correct(comparisons);
  return finding;
}

std::vector<std::string> caveats_of(const SweepFiles& sweep, const std::vector<SweepSetting>& settings) {
  std::vector<std::string> caveats;
  std::map<std::string, size_t> states;
  for (const CellRecord& cell : sweep.cells) ++states[cell.state];
  const size_t finished = states["finished"];
  if (finished < sweep.cells.size()) {
    std::vector<std::string> parts;
    for (const auto& [state, n] : states)
      if (n > 0 && state != "finished") parts.push_back(fmt::format("{} {}", n, state));
    caveats.push_back(fmt::format("{} of {} runs are finished ({}): everything below is of those alone", finished,
                                  sweep.cells.size(), fmt::join(parts, ", ")));
  }
  if (states["failed"] > 0)
    caveats.push_back(
        "where runs failed, the seeds that are left may be those that did well: what is said of them need "
        "not hold for all");
  if (sweep.seeds.size() == 1)
    caveats.push_back("one seed: differences between runs may be chance, and nothing here can tell");
  else if (sweep.seeds.size() < 4)
    caveats.push_back(fmt::format("{} seeds: the bootstrap cannot give intervals below four", sweep.seeds.size()));
  if (settings.size() == 1) caveats.push_back("all runs have the same settings: there is nothing to compare");
  return caveats;
}

}  // namespace

std::vector<SweepSetting> settings_of(const SweepFiles& sweep) {
  std::map<std::vector<size_t>, std::vector<size_t>> by_levels;
  for (size_t c = 0; c < sweep.cells.size(); ++c) by_levels[sweep.cells[c].levels].push_back(c);
  std::vector<SweepSetting> settings;
  for (auto& [levels, cells] : by_levels) {
    std::sort(cells.begin(), cells.end(),
              [&](size_t a, size_t b) { return sweep.cells[a].seed < sweep.cells[b].seed; });
    settings.push_back({levels, cells, kUnset});
  }
  find_partners(sweep, settings);
  return settings;
}

std::string setting_name(const SweepFiles& sweep, const std::vector<size_t>& levels) {
  const std::string name = levels_text(sweep, levels, [&](size_t f) { return varies(sweep, f); });
  return name.empty() ? "all runs" : name;
}

Measure measure_of(const std::string& metric) {
  const auto is = [&](std::string_view end) { return metric.ends_with(end); };
  if (is("/accuracy") || is("/sampled") || metric == "pass_rate") return {100, " points", Measure::Good::more};
  if (metric == "reward") return {1, "", Measure::Good::more};
  return {};
}

int decimals_of(const MetricFindings& of) {
  int decimals = 1;
  for (const auto& c : of.comparisons)
    if (c && c->difference.varies()) decimals = std::max(decimals, decimals_for(c->difference, of.measure.factor));
  return std::min(decimals, 4);
}

Findings findings_of(const SweepFiles& sweep) {
  Findings findings;
  findings.settings = settings_of(sweep);
  findings.caveats = caveats_of(sweep, findings.settings);
  const bool compared = std::any_of(findings.settings.begin(), findings.settings.end(),
                                    [](const SweepSetting& setting) { return setting.partner != kUnset; });
  if (sweep.baseline.empty())
    findings.no_comparison = "the sweep names no baseline to compare with: baseline = { ... } in crescent.sweep does";
  else if (!compared)
    findings.no_comparison = "no setting has the baseline's values, so that there is nothing to compare with";
  for (const std::string& metric : sweep.metrics)
    findings.metrics.push_back({metric,
                                measure_of(metric),
                                {},
                                compare(sweep, findings.settings, metric),
                                factorial_of(sweep, findings.settings, metric)});
  for (MetricFindings& of : findings.metrics)
    for (const SweepSetting& setting : findings.settings)
      of.means.push_back(mean_of(values_of(sweep, setting, of.metric)));
  return findings;
}

}  // namespace crescent
