// Leaves a phase when a validation metric has stopped rising.
#include <cstdio>

#include "core/abi/crescent_plugin.hpp"

namespace {

using namespace crescent::plugin;

const crescent_option kOptions[] = {
    string("metric", "val/image/accuracy", nullptr, "validation metric to watch; higher is better"),
    integer("patience", 5, {1, 1e6}, "validations in a row without a gain before the phase is left"),
    number("min_gain", 0, {0, HUGE_VAL}, "how much more than this above the best counts as a gain"),
    integer("max_steps", 0, {0, 1e12}, "leave after so many steps in any case; 0: no limit"),
};

std::string text(double value) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%.4g", value);
  return buffer;
}

class Plateau final : public Curriculum {
 public:
  static Options options() { return Options(kOptions); }
  explicit Plateau(const Setup& setup)
      : metric_(setup.string("metric")),
        patience_(setup.integer("patience")),
        min_gain_(setup.number("min_gain")),
        max_steps_(setup.integer("max_steps")) {
    if (metric_.empty()) throw std::runtime_error("the option \"metric\" is empty");
    if (const crescent_validation* validation = setup.host.validation()) check(*validation);
  }

  Decision decide(const crescent_progress& progress) override {
    if (const crescent_history* history = find(progress)) {
      const Streak streak = since_best(*history, progress.total_step - progress.phase_step);
      if (streak.without_gain >= patience_)
        return {CRESCENT_ADVANCE,
                metric_ + " has not risen above " + text(streak.best) + " in " + std::to_string(streak.without_gain) +
                    " validations",
                ""};
    }
    if (max_steps_ > 0 && progress.phase_step >= max_steps_)
      return {CRESCENT_ADVANCE, std::to_string(progress.phase_step) + " steps are done (max_steps)", ""};
    return {};
  }
  void save(Writer&) const override {}  // decided from the progress alone
  void load(Reader&) override {}

 private:
  // What could only be found out late, or never: told before the run begins.
  void check(const crescent_validation& validation) const {
    std::string known;
    bool found = false;
    for (uint64_t i = 0; i < validation.n_names; ++i) {
      found = found || view_of(validation.names[i]) == metric_;
      known += (known.empty() ? "" : ", ") + std::string(view_of(validation.names[i]));
    }
    if (!found) unknown_metric(known);
    if (validation.every == 0 && max_steps_ == 0)
      throw std::runtime_error(
          "nothing is validated while the phase lasts (validate.every is 0), so it would never end: set "
          "validate.every, or max_steps");
  }

  [[noreturn]] void unknown_metric(const std::string& known) const {
    throw std::runtime_error("there is no validation metric \"" + metric_ + "\"; there are " + known);
  }

  struct Streak {
    double best = 0;
    int64_t without_gain = 0;
  };

  const crescent_history* find(const crescent_progress& progress) const {
    std::string known;
    for (uint64_t i = 0; i < progress.n_validation; ++i) {
      if (view_of(progress.validation[i].name) == metric_) return &progress.validation[i];
      known += (known.empty() ? "" : ", ") + std::string(view_of(progress.validation[i].name));
    }
    if (!known.empty()) unknown_metric(known);
    return nullptr;  // nothing was validated yet
  }

  // Over the points of this phase; one at its start, before its first step, is where it began.
  Streak since_best(const crescent_history& history, int64_t phase_start) const {
    Streak streak;
    bool first = true;
    for (uint64_t i = 0; i < history.n; ++i) {
      const crescent_metric_point& point = history.points[i];
      if (point.step < phase_start) continue;
      const bool gained = first || point.value > streak.best + min_gain_;
      if (gained) streak.best = point.value;
      streak.without_gain = gained ? 0 : streak.without_gain + 1;
      first = false;
    }
    return streak;
  }

  std::string metric_;
  int64_t patience_;
  double min_gain_;
  int64_t max_steps_;
};

}  // namespace

CRESCENT_CURRICULUM_PLUGIN(Plateau, "plateau", "1.0.0", "The Crescent authors", "Apache-2.0",
                           "leaves the phase when a validation metric has stopped rising")
