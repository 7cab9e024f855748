// What a checkpoint keeps of the phase machine.
#include <algorithm>
#include <cmath>
#include <set>

#include "core/base/json.hpp"
#include "core/curriculum/phase_machine.hpp"

namespace crescent {

namespace {

const char* kind_name(Decision::Kind kind) {
  static constexpr const char* names[] = {"stay", "advance", "jump", "stop"};
  return names[static_cast<int>(kind)];
}

Decision::Kind parse_kind(const std::string& name, const Place& place) {
  for (const auto kind : {Decision::Kind::stay, Decision::Kind::advance, Decision::Kind::jump, Decision::Kind::stop})
    if (name == kind_name(kind)) return kind;
  throw Error(fmt::format("\"{}\" is not a kind of decision", name), place);
}

// JSON has no NaN: it is null. Any finite double is written so that it reads back the same.
Json write_number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }
double read_number(const Json& value) {
  return value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>();
}

std::string to_hex(const std::string& bytes) {
  std::string text;
  for (const unsigned char c : bytes) text += fmt::format("{:02x}", c);
  return text;
}

std::string from_hex(const std::string& text, const Place& place) {
  if (text.size() % 2 != 0 || text.find_first_not_of("0123456789abcdef") != text.npos)
    throw Error("the state of a policy must be hexadecimal", place);
  std::string bytes;
  for (size_t i = 0; i < text.size(); i += 2) bytes += static_cast<char>(std::stoi(text.substr(i, 2), nullptr, 16));
  return bytes;
}

}  // namespace

std::string PhaseMachine::save_state() const {
  Json state;
  state["phase"] = finished() ? Json(nullptr) : Json(current().name);
  state["phase_step"] = phase_step_;
  state["total_step"] = total_step_;
  state["phase_tokens"] = spent_.tokens;
  state["replayed"] = replayed_;
  state["replay_sums"] = replay_sums_;
  state["pass_rate"] = write_number(pass_rate_);
  state["reward"] = write_number(reward_);
  Json& validation = state["validation"] = Json::array();
  for (const auto& [name, history] : validation_) {
    Json points = Json::array();
    for (const MetricPoint& point : history) points.push_back({point.step, write_number(point.value)});
    validation.push_back({name, points});
  }
  Json& events = state["events"] = Json::array();
  for (const PhaseEvent& e : events_)
    events.push_back(
        {{"from", e.from}, {"to", e.to}, {"step", e.step}, {"kind", kind_name(e.kind)}, {"reason", e.reason}});
  Json& policies = state["policies"] = Json::array();
  for (const Phase& phase : phases_)
    policies.push_back({phase.name, to_hex(phase.leave ? phase.leave->save_state() : "")});
  return state.dump(-1, ' ', false, Json::error_handler_t::replace);
}

void PhaseMachine::load_state(std::string_view bytes) {
  const Place place{"saved state of the curriculum", 0};
  const Json state = parse_json(bytes, place);
  try {
    const Json& phase = state.at("phase");
    const auto phase_step = state.at("phase_step").get<int64_t>();
    const auto index_named = [&](const Json& name) {
      for (size_t i = 0; i < phases_.size(); ++i)
        if (name == phases_[i].name) return i;
      throw Error("is of a run with other phases", place);
    };
    const bool replayed = state.at("replayed").get<bool>();
    const auto sums = state.at("replay_sums").get<std::vector<double>>();
    const bool begun =
        phase_step > 0 || replayed || std::any_of(sums.begin(), sums.end(), [](double s) { return s != 0; });
    std::set<size_t> seen;  // phases of which a step was begun
    if (begun) seen.insert(index_named(phase));
    for (const Json& e : state.at("events")) seen.insert(index_named(e.at("from")));
    // Before the first step the first phase is as good as none: another run of the same cold start begins with its own.
    enter(phase.is_null() ? phases_.size() : seen.empty() ? 0 : index_named(phase));
    phase_step_ = phase_step;
    total_step_ = state.at("total_step").get<int64_t>();
    spent_ = {state.at("phase_tokens").get<double>(), 0};
    replayed_ = replayed;
    if (begun && sums.size() != replay_sums_.size())
      throw Error(fmt::format("is of a run in which phase {} replays other phases", phase.dump()), place);
    if (begun) replay_sums_ = sums;
    pass_rate_ = read_number(state.at("pass_rate"));
    reward_ = read_number(state.at("reward"));
    validation_.clear();
    for (const Json& entry : state.at("validation")) {
      std::vector<MetricPoint> history;
      for (const Json& point : entry.at(1)) history.push_back({point.at(0).get<int64_t>(), read_number(point.at(1))});
      validation_.emplace_back(entry.at(0).get<std::string>(), std::move(history));
    }
    events_.clear();
    for (const Json& e : state.at("events"))
      events_.push_back({e.at("from").get<std::string>(), e.at("to").get<std::string>(), e.at("step").get<int64_t>(),
                         parse_kind(e.at("kind").get<std::string>(), place), e.at("reason").get<std::string>()});
    for (const Json& policy : state.at("policies"))
      for (const size_t i : seen)
        if (policy.at(0) == phases_[i].name && phases_[i].leave)
          phases_[i].leave->load_state(from_hex(policy.at(1).get<std::string>(), place));
  } catch (const Json::exception& e) {
    throw Error(fmt::format("is not what was saved: {}", e.what()), place);
  }
}

}  // namespace crescent
