#include "core/report/curves.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <unordered_map>

namespace crescent {

namespace {

constexpr double kSparse = 0.1;  // a metric that a smaller share of the steps has keeps its own points

bool depends_on_view(const std::string& name) {
  static const std::set<std::string> names = {"reward", "pass_rate", "response_tokens", "entropy",
                                              "zero_variance_groups"};
  return names.contains(name) || name.starts_with("sampler/");
}

// Steps [begin, end) that one point stands for.
struct Bin {
  size_t begin = 0, end = 0;
};

std::vector<Bin> make_bins(const std::vector<StepReport>& steps, size_t per_point) {
  std::vector<Bin> bins;
  for (size_t i = 0; i < steps.size(); ++i) {
    const bool full = !bins.empty() && bins.back().end - bins.back().begin == per_point;
    if (bins.empty() || full || steps[i].phase != steps[bins.back().begin].phase) bins.push_back({i, i});
    bins.back().end = i + 1;
  }
  return bins;
}

// A metric's value in each step, NaN where it has none.
struct Column {
  std::string name;
  std::vector<double> values;  // [steps]
  size_t present = 0;
};

std::vector<Column> columns_of(const std::vector<StepReport>& steps) {
  std::vector<Column> columns;
  std::unordered_map<std::string, size_t> at;
  for (size_t i = 0; i < steps.size(); ++i)
    for (const auto& [name, value] : steps[i].metrics) {
      const auto [found, is_new] = at.emplace(name, columns.size());
      if (is_new) columns.push_back({name, std::vector<double>(steps.size(), std::nan("")), 0});
      Column& column = columns[found->second];
      column.values[i] = value;
      column.present += !std::isnan(value);
    }
  return columns;
}

Curve sparse_curve(const Column& column, const std::vector<StepReport>& steps) {
  Curve curve{column.name, "", {}, {}};
  for (size_t i = 0; i < steps.size(); ++i)
    if (!std::isnan(column.values[i])) {
      curve.steps.push_back(steps[i].step);
      curve.values.push_back(column.values[i]);
    }
  return curve;
}

Curve dense_curve(const Column& column, const std::vector<StepReport>& steps, const std::vector<Bin>& bins,
                  const std::string& view) {
  Curve curve{column.name, view, {}, {}};
  for (const Bin& bin : bins) {
    double sum = 0;
    size_t count = 0;
    for (size_t i = bin.begin; i < bin.end; ++i)
      if (!std::isnan(column.values[i]) && (view.empty() || steps[i].view == view)) sum += column.values[i], ++count;
    curve.values.push_back(count == 0 ? std::nan("") : sum / static_cast<double>(count));
  }
  return curve;
}

}  // namespace

Curves make_curves(const std::vector<StepReport>& steps, size_t most_points) {
  Curves curves;
  curves.steps_per_point = std::max<int64_t>(1, static_cast<int64_t>((steps.size() + most_points - 1) / most_points));
  const std::vector<Bin> bins = make_bins(steps, static_cast<size_t>(curves.steps_per_point));
  for (const Bin& bin : bins) {
    curves.steps.push_back(steps[bin.end - 1].step);
    curves.phases.push_back(steps[bin.begin].phase);
  }
  std::set<std::string> views;
  for (const StepReport& step : steps)
    if (!step.view.empty()) views.insert(step.view);
  for (const Column& column : columns_of(steps)) {
    if (static_cast<double>(column.present) < kSparse * static_cast<double>(steps.size())) {
      curves.curves.push_back(sparse_curve(column, steps));
      continue;
    }
    curves.curves.push_back(dense_curve(column, steps, bins, ""));
    if (views.size() > 1 && depends_on_view(column.name))
      for (const std::string& view : views) curves.curves.push_back(dense_curve(column, steps, bins, view));
  }
  return curves;
}

std::vector<PhaseBand> phase_bands(const std::vector<StepReport>& steps) {
  std::vector<PhaseBand> bands;
  for (const StepReport& step : steps) {
    if (step.step == 0) continue;  // before training
    if (bands.empty() || bands.back().phase != step.phase) bands.push_back({step.phase, step.step, step.step});
    bands.back().last_step = step.step;
  }
  return bands;
}

}  // namespace crescent
