#include "core/plugin/adapters.hpp"

namespace crescent {

namespace {

class PluginPolicy final : public PhasePolicy {
 public:
  PluginPolicy(std::unique_ptr<CurriculumInstance> instance, std::string name)
      : plugin_(std::move(instance)), name_(std::move(name)) {}

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
    return read(out, {phase.data(), out.phase_size}, {reason.data(), out.reason_size});
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

  std::unique_ptr<CurriculumInstance> plugin_;
  std::string name_;
};

}  // namespace

std::unique_ptr<PhasePolicy> adapt_curriculum(std::unique_ptr<CurriculumInstance> instance, std::string plugin_name) {
  return std::make_unique<PluginPolicy>(std::move(instance), std::move(plugin_name));
}

}  // namespace crescent
