#include "core/stats/verdict.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/stats/sample_size.hpp"

namespace crescent {

namespace {

struct Shown {
  const PairedDifference& difference;
  const Measure& measure;
  int decimals;

  std::string number(double value) const {
    const std::string text = fmt::format("{:.{}f}", measure.factor * value, decimals);
    return text.find_first_of("123456789") == text.npos && text[0] == '-' ? text.substr(1) : text;  // no -0.0
  }
  std::string plus(double value) const { return (value > 0 ? "+" : "") + number(value) + measure.unit; }
  std::string interval() const {
    return fmt::format("[{}, {}]", number(difference.by_t->low), number(difference.by_t->high));
  }
};

std::string relation(PairedOutcome outcome, Measure::Good good) {
  if (good == Measure::Good::neither) return outcome == PairedOutcome::higher ? "is higher than" : "is lower than";
  return (outcome == PairedOutcome::higher) == (good == Measure::Good::more) ? "is better than" : "is worse than";
}

// Why a difference was not found: the correction, or the spread; and what would show one of this size.
std::string reason(const PairedComparison& c) {
  const PairedDifference& d = c.difference;
  if (d.p <= 1 - kLevel)
    return fmt::format("alone it would be found (p = {:.2g}), but not among {} comparisons (p = {:.2g} by Holm)", d.p,
                       c.comparisons, c.corrected_p);
  const auto wanted = seeds_needed(d.mean, d.deviation);
  if (!wanted) return fmt::format("to see so small a difference would take more than {} seeds", kMostSeeds);
  return fmt::format("a difference of this size would take about {} seeds", *wanted);
}

std::string too_few(const PairedComparison& c, const Shown& shown) {
  const PairedDifference& d = c.difference;
  const std::string both = fmt::format("these data cannot tell {} from {}: ", c.setting, c.baseline);
  if (d.n() == 0) return both + "no seed has a finished run of both";
  return both +
         fmt::format("{} in the one seed that both have, and one pair says nothing of chance", shown.plus(d.mean));
}

std::string no_spread(const PairedComparison& c, const Shown& shown) {
  const PairedDifference& d = c.difference;
  const std::string both = fmt::format("these data cannot tell {} from {}: ", c.setting, c.baseline);
  if (d.mean == 0) return both + fmt::format("in each of {} seeds they came to the same number", d.n());
  return both + fmt::format("{} in each of {} seeds, and differences without spread say nothing of chance",
                            shown.plus(d.mean), d.n());
}

}  // namespace

int decimals_for(const PairedDifference& difference, double factor) {
  const double scale = difference.by_t ? difference.by_t->high - difference.by_t->low : std::abs(difference.mean);
  if (!(scale > 0)) return 1;
  const double shown = factor * scale;
  return std::clamp(static_cast<int>(std::ceil(1 - std::log10(shown))), shown < 100 ? 1 : 0, 8);
}

PairedOutcome outcome_of(const PairedComparison& comparison) {
  const PairedDifference& d = comparison.difference;
  if (d.n() < 2) return PairedOutcome::too_few;
  if (!d.varies()) return PairedOutcome::no_spread;
  if (!(comparison.corrected_p <= 1 - kLevel)) return PairedOutcome::cannot_tell;
  return d.mean > 0 ? PairedOutcome::higher : PairedOutcome::lower;
}

std::string verdict(const PairedComparison& c, const Measure& measure) {
  const PairedDifference& d = c.difference;
  const Shown shown{d, measure, decimals_for(d, measure.factor)};
  const PairedOutcome outcome = outcome_of(c);
  if (outcome == PairedOutcome::too_few) return too_few(c, shown);
  if (outcome == PairedOutcome::no_spread) return no_spread(c, shown);
  if (outcome == PairedOutcome::cannot_tell)
    return fmt::format("these data cannot tell {} from {}: {} {}, n = {}; {}", c.setting, c.baseline,
                       shown.plus(d.mean), shown.interval(), d.n(), reason(c));
  // A difference is told as a size, so that its interval must be turned with it.
  const bool up = outcome == PairedOutcome::higher;
  const std::string low = shown.number(up ? d.by_t->low : -d.by_t->high);
  const std::string high = shown.number(up ? d.by_t->high : -d.by_t->low);
  const bool doubted = d.by_bootstrap && d.by_bootstrap->holds(0);
  return fmt::format("{} {} {} by {}{} [{}, {}], n = {}{}", c.setting, relation(outcome, measure.good), c.baseline,
                     shown.number(std::abs(d.mean)), measure.unit, low, high, d.n(),
                     doubted ? ", though the bootstrap's interval holds 0" : "");
}

}  // namespace crescent
