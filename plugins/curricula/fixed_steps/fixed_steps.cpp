// Leaves a phase after a number of steps.
#include "core/abi/crescent_plugin.hpp"

namespace {

using namespace crescent::plugin;

const crescent_option kOptions[] = {
    required(integer("steps", 0, {1, 1e12}, "optimizer steps of the phase")),
};

class FixedSteps final : public Curriculum {
 public:
  static Options options() { return Options(kOptions); }
  explicit FixedSteps(const Setup& setup) : steps_(setup.integer("steps")) {}
  Decision decide(const crescent_progress& progress) override {
    if (progress.phase_step < steps_) return {};
    return {CRESCENT_ADVANCE, std::to_string(progress.phase_step) + " of " + std::to_string(steps_) + " steps are done",
            ""};
  }
  int64_t planned_steps() const noexcept override { return steps_; }
  void save(Writer&) const override {}  // decided from the progress alone
  void load(Reader&) override {}

 private:
  int64_t steps_;
};

}  // namespace

CRESCENT_CURRICULUM_PLUGIN(FixedSteps, "fixed_steps", "1.0.0", "The Crescent authors", "Apache-2.0",
                           "leaves the phase after a number of steps")
