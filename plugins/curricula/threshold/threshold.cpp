// Leaves a phase when its pass rate, its reward or a validation metric is high enough.
#include <optional>

#include "plugins/curricula/validation_metric.hpp"

namespace {

using namespace crescent::plugin;

const crescent_option kOptions[] = {
    string("metric", "pass_rate", nullptr,
           "pass_rate or reward of training, averaged over about 10 steps of the phase, or a validation metric"),
    required(
        number("at_least", 0, {-HUGE_VAL, HUGE_VAL}, "the phase is left when the metric, measured in it, is so high")),
    integer("min_steps", 10, {0, 1e12}, "steps before which the phase is not left: an average needs some"),
    integer("max_steps", 0, {0, 1e12}, "leave after so many steps in any case; 0: no limit"),
};

class Threshold final : public Curriculum {
 public:
  static Options options() { return Options(kOptions); }
  explicit Threshold(const Setup& setup)
      : name_(setup.string("metric")),
        at_least_(setup.number("at_least")),
        min_steps_(setup.integer("min_steps")),
        max_steps_(setup.integer("max_steps")) {
    if (name_ != "pass_rate" && name_ != "reward")
      metric_.emplace(name_, setup.host.validation(), max_steps_ == 0, "pass_rate, reward");
    if (name_ != "reward" && !(at_least_ > 0 && at_least_ <= 1))
      throw std::runtime_error("at_least is " + text_of(at_least_) + ", but " + name_ +
                               " is a share: above 0 and at most 1");
    if (max_steps_ > 0 && min_steps_ > max_steps_)
      throw std::runtime_error("min_steps is " + std::to_string(min_steps_) + ", above max_steps, which is " +
                               std::to_string(max_steps_));
  }

  Decision decide(const crescent_progress& progress) override {
    const double value = value_of(progress);
    if (progress.phase_step >= min_steps_ && value >= at_least_)  // NaN: not measured yet
      return {CRESCENT_ADVANCE, name_ + " is " + text_of(value) + ", at least " + text_of(at_least_), ""};
    if (max_steps_ > 0 && progress.phase_step >= max_steps_)
      return {CRESCENT_ADVANCE,
              std::to_string(progress.phase_step) + " steps are done (max_steps); " + name_ +
                  (std::isnan(value) ? " was not measured" : " is " + text_of(value)),
              ""};
    return {};
  }
  void save(Writer&) const override {}  // decided from the progress alone
  void load(Reader&) override {}

 private:
  double value_of(const crescent_progress& progress) const {
    if (!metric_) return name_ == "reward" ? progress.reward : progress.pass_rate;
    const std::vector<double> values = metric_->of_phase(progress);
    return values.empty() ? std::nan("") : values.back();
  }

  std::string name_;
  double at_least_;
  int64_t min_steps_, max_steps_;
  std::optional<ValidationMetric> metric_;  // empty: of training
};

}  // namespace

CRESCENT_CURRICULUM_PLUGIN(Threshold, "threshold", "1.0.0", "The Crescent authors", "Apache-2.0",
                           "leaves the phase when its pass rate, its reward or a validation metric is high enough")
