#include "core/curriculum/phase_machine.hpp"

#include <algorithm>
#include <cmath>

#include "core/base/error.hpp"

namespace crescent {

namespace {

constexpr double kAveragedShare = 0.1;  // weight of the newest step: an average over about 10
constexpr double kWhole = 1 - 1e-9;     // ten times .1 is a whole batch, whatever the rounding

std::vector<std::string> names_of(const std::vector<Phase>& phases) {
  std::vector<std::string> names;
  for (const Phase& phase : phases) names.push_back(phase.name);
  return names;
}

void check_replay(const Phase& phase, const std::vector<std::string>& names) {
  double sum = 0;
  for (const auto& [name, share] : phase.replay) {
    if (name == phase.name) fail_usage({}, "phase \"{}\" cannot replay itself", name);
    if (std::find(names.begin(), names.end(), name) == names.end())
      fail_usage({}, "phase \"{}\" replays \"{}\", which is not a phase{}", phase.name, name, suggestion(name, names));
    if (!(share > 0 && share <= 1))
      fail_usage({}, "phase \"{}\" replays \"{}\" with a share of {}, but a share is above 0 and at most 1", phase.name,
                 name, share);
    sum += share;
  }
  if (sum > 1 + 1e-9)
    fail_usage({}, "phase \"{}\" replays other phases with shares of {} in sum, more than 1", phase.name, sum);
}

void average(double& mean, double value) {
  if (std::isnan(value)) return;
  mean = std::isnan(mean) ? value : mean + kAveragedShare * (value - mean);
}

}  // namespace

PhaseMachine::PhaseMachine(std::vector<Phase> phases) : phases_(std::move(phases)) {
  if (phases_.empty()) fail_usage({}, "a curriculum needs at least one phase");
  const std::vector<std::string> names = names_of(phases_);
  for (size_t i = 0; i < phases_.size(); ++i) {
    if (std::find(names.begin(), names.begin() + static_cast<long>(i), names[i]) !=
        names.begin() + static_cast<long>(i))
      fail_usage({}, "two phases are called \"{}\"; give one of them another name", names[i]);
    if (phases_[i].leave == nullptr && phases_[i].budget.tokens <= 0 && phases_[i].budget.seconds <= 0)
      fail_usage({}, "phase \"{}\" has nothing that says when to leave it", names[i]);
    check_replay(phases_[i], names);
  }
  enter(0);
}

const Phase& PhaseMachine::current() const {
  if (finished()) fail("the curriculum has ended: there is no present phase");
  return phases_[current_];
}

void PhaseMachine::enter(size_t phase) {
  current_ = phase;
  phase_step_ = 0;
  spent_ = {};
  replayed_ = false;
  pass_rate_ = reward_ = std::numeric_limits<double>::quiet_NaN();
  replay_sums_.assign(finished() ? 0 : phases_[phase].replay.size(), 0.0);
}

BatchSource PhaseMachine::next_batch() {
  const Phase& phase = current();
  for (size_t i = 0; i < phase.replay.size(); ++i) replay_sums_[i] += phase.replay[i].second;
  const auto largest = std::max_element(replay_sums_.begin(), replay_sums_.end());
  replayed_ = largest != replay_sums_.end() && *largest >= kWhole;
  if (!replayed_) return {phase.name, phase.view, false};
  *largest -= 1;
  const std::string& name = phase.replay[static_cast<size_t>(largest - replay_sums_.begin())].first;
  return {name, phases_[index_of(name, phase.name)].view, true};
}

size_t PhaseMachine::index_of(const std::string& name, const std::string& asked_by) const {
  for (size_t i = 0; i < phases_.size(); ++i)
    if (phases_[i].name == name) return i;
  fail("phase \"{}\" asks for a jump to \"{}\", which is not a phase{}", asked_by, name,
       suggestion(name, names_of(phases_)));
}

// What the phase's policy says, and where it stays, what its budget says.
Decision PhaseMachine::decide() const {
  const Phase& phase = current();
  Decision decision = phase.leave == nullptr ? Decision() : phase.leave->decide(progress());
  if (decision.kind != Decision::Kind::stay) return decision;
  const Spent& most = phase.budget;
  if (most.tokens > 0 && spent_.tokens >= most.tokens)
    return {Decision::Kind::advance, "",
            fmt::format("{:.0f} of {:.0f} tokens are sampled", spent_.tokens, most.tokens)};
  if (most.seconds > 0 && spent_.seconds >= most.seconds)
    return {Decision::Kind::advance, "",
            fmt::format("{:.4g} of {:.4g} minutes are over", spent_.seconds / 60, most.seconds / 60)};
  return decision;
}

std::optional<PhaseEvent> PhaseMachine::finish_step(double pass_rate, double reward, const Spent& spent) {
  const std::string from = current().name;
  ++phase_step_;
  ++total_step_;
  if (!replayed_) {
    average(pass_rate_, pass_rate);
    average(reward_, reward);
  }
  spent_.tokens += spent.tokens;
  spent_.seconds += spent.seconds;
  const Decision decision = decide();
  size_t next = current_;
  switch (decision.kind) {
    case Decision::Kind::stay:
      return std::nullopt;
    case Decision::Kind::advance:
      next = current_ + 1;
      break;
    case Decision::Kind::jump:
      next = index_of(decision.phase, from);
      break;
    case Decision::Kind::stop:
      next = phases_.size();
      break;
  }
  enter(next);
  events_.push_back({from, finished() ? "" : current().name, total_step_, decision.kind, decision.reason});
  return events_.back();
}

void PhaseMachine::add_validation(int64_t step, const NamedValues& metrics) {
  for (const auto& [name, value] : metrics) {
    if (name.rfind("val/", 0) != 0 || std::isnan(value)) continue;
    const auto it =
        std::find_if(validation_.begin(), validation_.end(), [&](const auto& entry) { return entry.first == name; });
    std::vector<MetricPoint>& history =
        it == validation_.end() ? validation_.emplace_back(name, std::vector<MetricPoint>()).second : it->second;
    history.push_back({step, value});
  }
}

Progress PhaseMachine::progress() const {
  return {current().name, current().view, phase_step_, total_step_, pass_rate_, reward_, spent_.tokens, validation_};
}

}  // namespace crescent
