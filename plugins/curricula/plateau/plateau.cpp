// Leaves a phase when a validation metric has stopped rising.
#include "plugins/curricula/validation_metric.hpp"

namespace {

using namespace crescent::plugin;

const crescent_option kOptions[] = {
    string("metric", "val/image/accuracy", nullptr, "validation metric to watch; higher is better"),
    integer("patience", 5, {1, 1e6}, "validations in a row without a gain before the phase is left"),
    number("min_gain", 0, {0, HUGE_VAL}, "how much more than this above the best counts as a gain"),
    number("noise", 0, {0, 100}, "also above the best by so many times the metric's noise, as the phase shows it"),
    integer("max_steps", 0, {0, 1e12}, "leave after so many steps in any case; 0: no limit"),
};

class Plateau final : public Curriculum {
 public:
  static Options options() { return Options(kOptions); }
  explicit Plateau(const Setup& setup)
      : metric_(setup.string("metric"), setup.host.validation(), setup.integer("max_steps") == 0),
        patience_(setup.integer("patience")),
        min_gain_(setup.number("min_gain")),
        noise_(setup.number("noise")),
        max_steps_(setup.integer("max_steps")) {}

  Decision decide(const crescent_progress& progress) override {
    const std::vector<double> values = metric_.in_phase(progress);
    const double margin = std::max(min_gain_, noise_ * noise_of(values));
    const Streak streak = since_best(values, margin);
    if (streak.without_gain >= patience_)
      return {CRESCENT_ADVANCE,
              metric_.name() + " has not risen above " + text_of(streak.best) +
                  (margin > 0 ? " by " + text_of(margin) : "") + " in " + std::to_string(streak.without_gain) +
                  " validations",
              ""};
    if (max_steps_ > 0 && progress.phase_step >= max_steps_)
      return {CRESCENT_ADVANCE, std::to_string(progress.phase_step) + " steps are done (max_steps)", ""};
    return {};
  }
  void save(Writer&) const override {}  // decided from the progress alone
  void load(Reader&) override {}

 private:
  struct Streak {
    double best = 0;
    int64_t without_gain = 0;
  };

  static Streak since_best(const std::vector<double>& values, double margin) {
    Streak streak;
    for (size_t i = 0; i < values.size(); ++i) {
      const bool gained = i == 0 || values[i] > streak.best + margin;
      if (gained) streak.best = values[i];
      streak.without_gain = gained ? 0 : streak.without_gain + 1;
    }
    return streak;
  }

  ValidationMetric metric_;
  int64_t patience_;
  double min_gain_, noise_;
  int64_t max_steps_;
};

}  // namespace

CRESCENT_CURRICULUM_PLUGIN(Plateau, "plateau", "1.0.0", "The Crescent authors", "Apache-2.0",
                           "leaves the phase when a validation metric has stopped rising")
