// A script's function as a Reward.
#include <algorithm>
#include <cmath>

#include "core/base/hash.hpp"
#include "core/script/roles.hpp"
#include "core/script/script_host.hpp"
#include "core/script/session.hpp"
#include "core/script/tables.hpp"
#include "core/script/values.hpp"

namespace crescent {

namespace {

void set_text(lua_State* L, const char* name, std::string_view text) {
  push_text(L, text);
  lua_setfield(L, -2, name);
}

void set_integer(lua_State* L, const char* name, lua_Integer value) {
  lua_pushinteger(L, value);
  lua_setfield(L, -2, name);
}

// Columns of the record: parsed once for the responses to it.
class Columns {
 public:
  void push(lua_State* L, const Sample& sample) {
    if (sample.columns_json.empty()) return lua_newtable(L);
    if (sample.columns_json != text_) {
      json_ = parse_json(sample.columns_json, {fmt::format("columns of record \"{}\"", sample.record_id), 0});
      text_ = sample.columns_json;
    }
    push_json(L, json_);
  }

 private:
  std::string_view text_;  // of a sample of this call
  Json json_;
};

void push_sample(lua_State* L, const Sample& sample, Columns& columns) {
  lua_createtable(L, 0, 12);
  set_text(L, "prompt", sample.prompt);
  set_text(L, "response", sample.response);
  set_text(L, "gold", sample.gold);
  set_text(L, "id", sample.record_id);
  set_text(L, "phase", sample.phase);
  set_text(L, "finish", sample.finish == FinishReason::stop ? "stop" : "length");
  set_integer(L, "tokens", sample.token_count);
  set_integer(L, "step", sample.step);
  set_integer(L, "group", static_cast<lua_Integer>(sample.group_id));
  set_integer(L, "index", static_cast<lua_Integer>(sample.index_in_group) + 1);
  columns.push(L, sample);
  lua_setfield(L, -2, "columns");
  make_strict(L, "the sample");
}

class LuaReward : public Reward {
 public:
  LuaReward(std::shared_ptr<ScriptHost> host, const RewardConfig& config, FunctionRef function)
      : host_(std::move(host)), name_(config.name), function_(std::move(function)) {
    if (const Value* parts = config.role.options.find("parts"))
      for (const Value& part : parts->get<Table>()->list) parts_.push_back(*part.get<std::string>());
  }

  const std::vector<std::string>& part_names() const override { return parts_; }

  void score(std::span<const Sample> samples, std::span<Score> scores) override {
    ScriptHost::Worker worker = host_->borrow_worker();
    ScriptSession& session = worker.session();
    Columns columns;
    for (size_t i = 0; i < samples.size(); ++i) {
      const Sample& sample = samples[i];
      Score& score = scores[i];
      score = Score{};
      score.parts.assign(parts_.size(), std::numeric_limits<double>::quiet_NaN());
      // By what is judged as well: probes, validation and the rounds of grpo.resample number their groups from 0 again.
      const RandomKey random(host_->seed(), "script reward " + name_,
                             {static_cast<uint64_t>(sample.step), sample.group_id, sample.index_in_group,
                              hash_bytes(sample.record_id).low, hash_bytes(sample.response).low});
      try {
        session.call(random, [&](lua_State* L) {
          session.push_function(L, function_);
          push_sample(L, sample, columns);
          lua_call(L, 1, 2);
          read_result(L, score);
        });
      } catch (const Error& error) {
        const Place place = error.place().file.empty() ? session.function_place(function_) : error.place();
        score.status = ScoreStatus::failed;
        score.value = std::numeric_limits<double>::quiet_NaN();
        score.error = Error(error.message(), place).what();
      }
    }
    check_purity(session, samples, scores);
  }

 private:
  // A function that changes what it reaches gives other scores in another worker, or after a resume. Large tables are
  // looked at once a step.
  void check_purity(ScriptSession& session, std::span<const Sample> samples, std::span<Score> scores) const {
    if (samples.empty()) return;
    const bool all = session.first_of_step(samples.front().step);
    std::string change;
    session.call(RandomKey(0), [&](lua_State* L) { change = session.captured_change(L, all); });
    if (change.empty()) return;
    const std::string text = fmt::format(
        "reward \"{}\" changed {}; a reward is a function of its sample alone, because it runs in several workers and "
        "again after a resume",
        name_, change);
    for (Score& score : scores) {
      score.status = ScoreStatus::failed;
      score.value = std::numeric_limits<double>::quiet_NaN();
      score.error = Error(text, session.function_place(function_)).what();
    }
  }

  void read_result(lua_State* L, Score& score) const {  // value and parts at -2 and -1
    if (lua_isnil(L, -2)) {
      score.status = ScoreStatus::not_applicable;
      return;
    }
    if (lua_type(L, -2) != LUA_TNUMBER)
      fail("reward \"{}\" must return a number or nil, and returned a {}", name_, luaL_typename(L, -2));
    score.value = lua_tonumber(L, -2);
    if (!std::isfinite(score.value))
      fail("reward \"{}\" returned {}, which is no score", name_,
           std::isnan(score.value) ? "nan"
           : score.value > 0       ? "inf"
                                   : "-inf");
    if (!lua_isnil(L, -1)) read_parts(L, score);
    score.status = ScoreStatus::ok;
  }

  void read_parts(lua_State* L, Score& score) const {
    if (!lua_istable(L, -1))
      fail("reward \"{}\" must return a table of parts as its second result, and returned a {}", name_,
           luaL_typename(L, -1));
    for (const std::string& part : string_keys(L, -1))
      if (std::find(parts_.begin(), parts_.end(), part) == parts_.end())
        fail("reward \"{}\" returned a part \"{}\", which it does not declare: parts = {{ \"{}\" }}{}", name_, part,
             part, nearest(part, parts_).empty() ? "" : fmt::format("; did you mean \"{}\"?", nearest(part, parts_)));
    for (size_t i = 0; i < parts_.size(); ++i) {
      lua_getfield(L, -1, parts_[i].c_str());
      if (!lua_isnil(L, -1)) {
        if (lua_type(L, -1) != LUA_TNUMBER || !std::isfinite(lua_tonumber(L, -1)))
          fail("reward \"{}\": part \"{}\" must be a finite number, found {}", name_, parts_[i],
               lua_type(L, -1) == LUA_TNUMBER ? fmt::format("{}", lua_tonumber(L, -1))
                                              : std::string(luaL_typename(L, -1)));
        score.parts[i] = lua_tonumber(L, -1);
      }
      lua_pop(L, 1);
    }
  }

  std::shared_ptr<ScriptHost> host_;
  std::string name_;
  FunctionRef function_;
  std::vector<std::string> parts_;
};

}  // namespace

FunctionRef find_function(const RoleConfig& role, const std::string& name) {
  for (const auto& [key, function] : role.functions)
    if (key == name && function) return function;
  return {};
}

std::unique_ptr<Reward> make_lua_reward(std::shared_ptr<ScriptHost> host, const RewardConfig& config) {
  FunctionRef function = find_function(config.role, "score");
  if (!function) fail_usage(config.role.place, "reward \"{}\" has no Lua function score", config.name);
  return std::make_unique<LuaReward>(std::move(host), config, std::move(function));
}

}  // namespace crescent
