// One validation metric as curricula watch it: checked by name before the run begins, read from the progress.
#pragma once

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "core/abi/crescent_plugin.hpp"

namespace crescent::plugin {

inline std::string text_of(double value) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%.4g", value);
  return buffer;
}

class ValidationMetric {
 public:
  // `never_ends`: nothing but this metric could end the phase. What could only be found out late, or never, is told
  // here: an unknown name; a phase in which nothing is validated. `others`: what the option may name besides.
  ValidationMetric(std::string name, const crescent_validation* validation, bool never_ends, std::string others = "")
      : name_(std::move(name)) {
    if (name_.empty()) throw std::runtime_error("the option \"metric\" is empty");
    if (validation == nullptr) return;
    std::string known = std::move(others);
    bool found = false;
    for (uint64_t i = 0; i < validation->n_names; ++i) {
      found = found || view_of(validation->names[i]) == name_;
      known += (known.empty() ? "" : ", ") + std::string(view_of(validation->names[i]));
    }
    if (!found) unknown(known);
    if (validation->every == 0 && never_ends)
      throw std::runtime_error(
          "nothing is validated while the phase lasts (validate.every is 0), so it would never end: set "
          "validate.every, or max_steps");
  }

  const std::string& name() const { return name_; }

  // Its values in this phase, oldest first; one at its start, before its first step, is where it began.
  std::vector<double> in_phase(const crescent_progress& progress) const {
    return since(progress, progress.total_step - progress.phase_step);
  }
  // Without that one: what was measured of weights that the phase has trained.
  std::vector<double> of_phase(const crescent_progress& progress) const {
    return since(progress, progress.total_step - progress.phase_step + 1);
  }

 private:
  std::vector<double> since(const crescent_progress& progress, int64_t step) const {
    std::vector<double> values;
    if (const crescent_history* history = find(progress))
      for (uint64_t i = 0; i < history->n; ++i)
        if (history->points[i].step >= step) values.push_back(history->points[i].value);
    return values;
  }

  [[noreturn]] void unknown(const std::string& known) const {
    throw std::runtime_error("there is no validation metric \"" + name_ + "\"; there are " + known);
  }

  const crescent_history* find(const crescent_progress& progress) const {
    std::string known;
    for (uint64_t i = 0; i < progress.n_validation; ++i) {
      if (view_of(progress.validation[i].name) == name_) return &progress.validation[i];
      known += (known.empty() ? "" : ", ") + std::string(view_of(progress.validation[i].name));
    }
    if (!known.empty()) unknown(known);
    return nullptr;  // nothing was validated yet
  }

  std::string name_;
};

// Standard deviation of a metric's noise from its successive differences, which a slow trend hardly raises (von Neumann
// 1941), by their median, which one jump hardly raises: two independent values of deviation s differ by .9539 s in the
// median (.6745 sqrt 2). 0 for fewer than 2 values.
inline double noise_of(const std::vector<double>& values) {
  std::vector<double> jumps;
  for (size_t i = 1; i < values.size(); ++i) jumps.push_back(std::abs(values[i] - values[i - 1]));
  if (jumps.empty()) return 0;
  std::sort(jumps.begin(), jumps.end());
  const size_t half = jumps.size() / 2;
  const double median = jumps.size() % 2 == 1 ? jumps[half] : (jumps[half - 1] + jumps[half]) / 2;
  return median / 0.9538725524;
}

}  // namespace crescent::plugin
