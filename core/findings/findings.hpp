// What a sweep's runs tell, by metric: means, paired differences against the baseline, effects of the factors; and what
// they cannot tell, with the reason.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/findings/sweep_files.hpp"
#include "core/stats/factorial.hpp"
#include "core/stats/verdict.hpp"

namespace crescent {

// The cells that differ in their seed alone.
struct SweepSetting {
  std::vector<size_t> levels;  // [factors]
  std::vector<size_t> cells;   // ascending seeds
  size_t partner = kUnset;     // the setting it is compared with; kUnset: it is its own, or there is none
};

// In the order of the factors' values, the last factor fastest.
std::vector<SweepSetting> settings_of(const SweepFiles& sweep);

// "lambda = 0.5, warm = 20", of the factors that vary.
std::string setting_name(const SweepFiles& sweep, const std::vector<size_t>& levels);

struct Mean {
  size_t n = 0;
  double mean = 0, deviation = 0;  // NaN: of none; below two
  std::optional<Interval> by_t;
};

struct LevelFinding {
  Mean mean;                                         // over seeds, of each seed's mean over the other factors
  std::optional<PairedComparison> against_baseline;  // where the baseline names another level of this factor
};

struct EffectFinding {
  FactorialEffect effect;
  double corrected_p = 1;  // Holm's, over all effects of the metric
  std::string verdict;
};

// Of the factors that vary.
struct FactorialFinding {
  std::string why_not;                            // "": there is one; else why the factors' effects cannot be told
  std::vector<size_t> factors;                    // those that vary, places in SweepFiles::factors
  std::vector<int64_t> seeds;                     // that have every cell
  std::vector<int64_t> left_out;                  // that do not
  std::vector<EffectFinding> effects;             // `factors` of each are places in `factors`
  std::vector<std::vector<LevelFinding>> levels;  // [factors, values]
};

struct MetricFindings {
  std::string metric;
  Measure measure;
  std::vector<Mean> means;                                   // [settings]
  std::vector<std::optional<PairedComparison>> comparisons;  // [settings] nothing: it has no partner
  FactorialFinding factorial;
};

struct Findings {
  std::vector<SweepSetting> settings;
  std::string no_comparison;            // why there is none at all; "": there are some
  std::vector<MetricFindings> metrics;  // in the order of SweepFiles::metrics
  std::vector<std::string> caveats;     // what a reader has to know before any number: missing runs, one seed, ...
};

Findings findings_of(const SweepFiles& sweep);

// Accuracies and pass rates are shares, of which more is better; what is not known is a plain number.
Measure measure_of(const std::string& metric);

// Digits after the point for a metric's tables, one for all so that columns line up: what its narrowest interval needs,
// at most 4.
int decimals_of(const MetricFindings& of);

}  // namespace crescent
