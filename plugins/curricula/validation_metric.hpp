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
    std::vector<double> values;
    if (const crescent_history* history = find(progress))
      for (uint64_t i = 0; i < history->n; ++i)
        if (history->points[i].step >= progress.total_step - progress.phase_step)
          values.push_back(history->points[i].value);
    return values;
  }

 private:
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

// Standard deviation of a metric's noise from its successive differences (von Neumann 1941), which a slow trend hardly
// raises: sqrt(sum (x_i+1 - x_i)^2 / (2 (n - 1))). 0 for fewer than 2 values.
inline double noise_of(const std::vector<double>& values) {
  double squares = 0;
  for (size_t i = 1; i < values.size(); ++i) squares += (values[i] - values[i - 1]) * (values[i] - values[i - 1]);
  return values.size() < 2 ? 0 : std::sqrt(squares / (2 * static_cast<double>(values.size() - 1)));
}

}  // namespace crescent::plugin
