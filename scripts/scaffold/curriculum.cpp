// Leaves a phase when the pass rate has been at `goal` for three steps in a row, or after `steps`: put your own rule in
// its place.
#include "crescent_plugin.hpp"

namespace {

using namespace crescent::plugin;

const crescent_option kOptions[] = {
    number("goal", 0.9, {0, 1}, "pass rate of the training responses that is enough"),
    integer("steps", 200, {1, 1e9}, "after so many the phase is left anyway"),
};

class MyCurriculum final : public Curriculum {
 public:
  static Options options() { return Options(kOptions); }
  explicit MyCurriculum(const Setup& setup) : goal_(setup.number("goal")), steps_(setup.integer("steps")) {}

  // Asked after each step of the phase. The reason stands in the run's log.
  Decision decide(const crescent_progress& progress) override {
    reached_ = progress.pass_rate >= goal_ ? reached_ + 1 : 0;  // NaN before the first: not reached
    if (reached_ == 3) return {CRESCENT_ADVANCE, "the pass rate has reached its goal", ""};
    if (progress.phase_step >= steps_) return {CRESCENT_ADVANCE, std::to_string(steps_) + " steps are done", ""};
    return {};
  }

  // What decide remembers, so that a resumed run decides what the uninterrupted one would have.
  void save(Writer& writer) const override { writer.put(reached_); }
  void load(Reader& reader) override { reached_ = reader.get<int64_t>(); }

 private:
  double goal_;
  int64_t steps_, reached_ = 0;
};

}  // namespace

CRESCENT_CURRICULUM_PLUGIN(MyCurriculum, "@NAME@", "0.1.0", "you", "Apache-2.0", "leaves a phase at a pass rate")
