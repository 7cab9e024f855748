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
    number("noise", 0, {0, 100},
           "also below the best by so many times the metric's noise; looked at from the fifth value of the phase on"),
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
    if (const crescent_phases* phases = setup.host.phases()) check_phase(*phases, setup.host.phase());
    if (const crescent_validation* validation = setup.host.validation(); validation && validation->every == 0)
      throw std::runtime_error(
          "nothing is validated while the phase lasts (validate.every is 0), so no fall would be seen: set "
          "validate.every");
  }

  Decision decide(const crescent_progress& progress) override {
    const std::vector<double> values = metric_.in_phase(progress);
    if (returned_ < at_most_ && has_fallen(values)) {
      ++returned_;
      const double best = *std::max_element(values.begin(), values.end());
      return {CRESCENT_JUMP,
              metric_.name() + " has fallen from " + text_of(best) + " to " + text_of(values.back()) + " (return " +
                  std::to_string(returned_) + " of at most " + std::to_string(at_most_) + ")",
              to_};
    }
    if (progress.phase_step < steps_) return {};
    return {CRESCENT_ADVANCE, std::to_string(progress.phase_step) + " of " + std::to_string(steps_) + " steps are done",
            ""};
  }
  void save(Writer& writer) const override { writer.put(returned_); }
  void load(Reader& reader) override { returned_ = reader.get<int64_t>(); }

 private:
  static constexpr size_t kKnownNoise = 4;  // values before the newest: three differences

  // The newest value against those before it: their noise is what the metric does when nothing falls.
  bool has_fallen(std::vector<double> values) const {
    if (values.size() < 2) return false;
    const double newest = values.back();
    values.pop_back();
    const double fall = *std::max_element(values.begin(), values.end()) - newest;
    if (noise_ == 0) return fall > fall_;
    return values.size() >= kKnownNoise && fall > std::max(fall_, noise_ * noise_of(values));
  }

  // `to` must lie before the phase that goes back (`own`; "": not known).
  void check_phase(const crescent_phases& phases, std::string_view own) const {
    std::string known;
    bool passed_own = false, found = false, later = false;
    for (uint64_t i = 0; i < phases.n_names; ++i) {
      const std::string_view name = view_of(phases.names[i]);
      passed_own = passed_own || (!own.empty() && name == own);
      if (name == to_) found = true, later = passed_own;
      if (!passed_own) known += (known.empty() ? "" : ", ") + std::string(name);
    }
    if (!found) throw std::runtime_error("there is no phase \"" + to_ + "\" to go back to; " + there_are(known));
    if (later)
      throw std::runtime_error("to is \"" + to_ + "\", which is " +
                               (to_ == own ? "this phase itself" : "not before this phase") +
                               ", so going there is not going back; " + there_are(known));
  }
  static std::string there_are(const std::string& known) {
    return known.empty() ? "there is none before this one" : "there are " + known;
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
