#include "core/plugin/adapters.hpp"

namespace crescent {

namespace {

class PluginPolicy final : public PhasePolicy {
 public:
  PluginPolicy(std::unique_ptr<CurriculumInstance> instance, std::string name)
      : plugin_(std::move(instance)), name_(std::move(name)), planned_(declared_steps(*plugin_)) {}

  Decision decide(const Progress& progress) override {
    std::vector<std::vector<crescent_metric_point>> points;
    std::vector<crescent_history> histories;
    for (const auto& [name, history] : progress.validation) {
      auto& list = points.emplace_back();
      for (const MetricPoint& p : history) list.push_back({p.step, p.value});
      histories.push_back({to_span(name), list.data(), list.size()});
    }
    const crescent_progress c = {to_span(progress.phase),
                                 static_cast<int32_t>(progress.view),
                                 0,
                                 progress.phase_step,
                                 progress.total_step,
                                 progress.pass_rate,
                                 progress.reward,
                                 histories.data(),
                                 histories.size()};
    GuardedBuffer<char> phase(2048, 0), reason(2048, 0);
    crescent_decision out = {-1, 0, phase.data(), 0, reason.data(), 0, phase.size()};
    ErrorBuffer error;
    plugin_->must("decide", error, [&] { return plugin_->factory().decide(plugin_->self(), &c, &out, error.get()); });
    if (phase.overrun() || reason.overrun() || out.phase_size > phase.size() || out.reason_size > reason.size())
      fail("{}: decide wrote past the end of its text buffers of {} bytes", plugin_->who(), phase.size());
    const Decision decision = read(out, {phase.data(), out.phase_size}, {reason.data(), out.reason_size});
    hold_to_plan(decision, progress.phase_step);
    return decision;
  }

  std::string save_state() const override { return plugin_->save(name_); }
  void load_state(std::string_view bytes) override { plugin_->load(name_, bytes); }

 private:
  Decision read(const crescent_decision& out, std::string_view phase, std::string_view reason) const {
    if (out.kind == -1) fail("{}: decide made no decision", plugin_->who());
    if (out.kind < CRESCENT_STAY || out.kind > CRESCENT_STOP)
      fail("{}: decide chose {}, which is none of stay ({}), advance ({}), jump ({}), stop ({})", plugin_->who(),
           out.kind, CRESCENT_STAY, CRESCENT_ADVANCE, CRESCENT_JUMP, CRESCENT_STOP);
    static constexpr Decision::Kind kinds[] = {Decision::Kind::stay, Decision::Kind::advance, Decision::Kind::jump,
                                               Decision::Kind::stop};
    Decision decision{kinds[out.kind], printable(phase), printable(reason)};
    if (out.kind == CRESCENT_JUMP && phase.empty())
      fail("{}: decide wants to jump, but names no phase", plugin_->who());
    if (out.kind != CRESCENT_STAY && reason.empty())
      fail("{}: decide leaves the phase without a reason", plugin_->who());
    return decision;
  }

  // The learning rate and the hash chain were reckoned from the plan.
  void hold_to_plan(const Decision& decision, int64_t phase_step) const {
    if (planned_ < 0) return;
    const auto wanted = phase_step < planned_ ? Decision::Kind::stay : Decision::Kind::advance;
    if (decision.kind == wanted) return;
    fail("{}: its planned_steps is {}, but after {} steps of the phase decide does not {}", plugin_->who(), planned_,
         phase_step, wanted == Decision::Kind::stay ? "stay" : "advance");
  }

  std::unique_ptr<CurriculumInstance> plugin_;
  std::string name_;
  int64_t planned_;
};

}  // namespace

int64_t declared_steps(const CurriculumInstance& instance) {
  if (instance.factory().planned_steps == nullptr) return -1;
  int64_t steps = -1;
  instance.call("planned_steps",
                [&] { return steps = instance.factory().planned_steps(instance.self()), CRESCENT_OK; });
  constexpr int64_t kMost = 1'000'000'000'000;  // sums of them stay whole
  if (steps != -1 && (steps < 1 || steps > kMost))
    fail("{}: planned_steps is {}, but must be from 1 to {}, or -1 when decide finds out", instance.who(), steps,
         kMost);
  return steps;
}

std::unique_ptr<PhasePolicy> adapt_curriculum(std::unique_ptr<CurriculumInstance> instance, std::string plugin_name) {
  return std::make_unique<PluginPolicy>(std::move(instance), std::move(plugin_name));
}

}  // namespace crescent
