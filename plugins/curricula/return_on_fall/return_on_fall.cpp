// A phase of so many steps that goes back to an earlier one when a validation metric falls: what that phase taught is
// being forgotten.
#include "plugins/curricula/validation_metric.hpp"

namespace {

using namespace crescent::plugin;

const crescent_option kOptions[] = {
    required(integer("steps", 0, {1, 1e12}, "steps of the phase, when nothing falls")),
    required(string("to", "", nullptr, "phase to go back to; it begins anew, and the phases after it follow again")),
    string("metric", "val/text/accuracy", nullptr, "validation metric to watch; higher is better"),
    required(number("fall", 0, {0, HUGE_VAL}, "how far below the phase's best it must be, and more")),
    number("noise", 0, {0, 100}, "also below the best by so many times the metric's noise, as the phase shows it"),
    integer("at_most", 1, {1, 1e6}, "returns in a run; after them the phase lasts its steps whatever falls"),
};

class ReturnOnFall final : public Curriculum {
 public:
  static Options options() { return Options(kOptions); }
  explicit ReturnOnFall(const Setup& setup)
      : metric_(setup.string("metric"), setup.host.validation(), false),
        steps_(setup.integer("steps")),
        to_(setup.string("to")),
        fall_(setup.number("fall")),
        noise_(setup.number("noise")),
        at_most_(setup.integer("at_most")) {
    if (const crescent_phases* phases = setup.host.phases()) check_phase(*phases);
    if (const crescent_validation* validation = setup.host.validation(); validation && validation->every == 0)
      throw std::runtime_error(
          "nothing is validated while the phase lasts (validate.every is 0), so no fall would be seen: set "
          "validate.every");
  }

  Decision decide(const crescent_progress& progress) override {
    const std::vector<double> values = metric_.in_phase(progress);
    if (!values.empty() && returned_ < at_most_) {
      const double best = *std::max_element(values.begin(), values.end());
      if (best - values.back() > std::max(fall_, noise_ * noise_of(values))) {
        ++returned_;
        return {CRESCENT_JUMP,
                metric_.name() + " has fallen from " + text_of(best) + " to " + text_of(values.back()) + " (return " +
                    std::to_string(returned_) + " of at most " + std::to_string(at_most_) + ")",
                to_};
      }
    }
    if (progress.phase_step < steps_) return {};
    return {CRESCENT_ADVANCE, std::to_string(progress.phase_step) + " of " + std::to_string(steps_) + " steps are done",
            ""};
  }
  void save(Writer& writer) const override { writer.put(returned_); }
  void load(Reader& reader) override { returned_ = reader.get<int64_t>(); }

 private:
  void check_phase(const crescent_phases& phases) const {
    std::string known;
    for (uint64_t i = 0; i < phases.n_names; ++i) {
      if (view_of(phases.names[i]) == to_) return;
      known += (known.empty() ? "" : ", ") + std::string(view_of(phases.names[i]));
    }
    throw std::runtime_error("there is no phase \"" + to_ + "\" to go back to; there are " + known);
  }

  ValidationMetric metric_;
  int64_t steps_;
  std::string to_;
  double fall_, noise_;
  int64_t at_most_;
  int64_t returned_ = 0;  // in the run
};

}  // namespace

CRESCENT_CURRICULUM_PLUGIN(ReturnOnFall, "return_on_fall", "1.0.0", "The Crescent authors", "Apache-2.0",
                           "a phase of so many steps that goes back to an earlier one when a validation metric falls")
