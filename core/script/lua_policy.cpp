// A script's function as a PhasePolicy.
#include <cmath>

#include "core/script/roles.hpp"
#include "core/script/script_host.hpp"
#include "core/script/session.hpp"
#include "core/script/tables.hpp"

namespace crescent {

namespace {

// The progress a bound function of `m` looks at, borrowed for one call: upvalues are its address and the call's number.
const Progress& progress_of(lua_State* L) {
  if (lua_tointeger(L, lua_upvalueindex(2)) != ScriptSession::of(L).call_number())
    raise(L, "m can be asked only during the call it was given to");
  return *static_cast<const Progress*>(lua_touserdata(L, lua_upvalueindex(1)));
}

// m:metric("x") and m.metric("x") mean the same: the index of the first argument.
int first_argument(lua_State* L) { return lua_istable(L, 1) ? 2 : 1; }

// The history of a validation metric; null while nothing has been validated yet.
const std::vector<MetricPoint>* history_of(lua_State* L, const Progress& progress, int index, const char* function) {
  if (lua_type(L, index) != LUA_TSTRING)
    raise(L, "m:{} takes a metric's name, found {}", function, luaL_typename(L, index));
  const std::string name(text_at(L, index));
  if (progress.validation.empty()) return nullptr;
  std::vector<std::string> known;
  for (const auto& [metric, history] : progress.validation) {
    if (metric == name) return &history;
    known.push_back(metric);
  }
  raise(L, "m:{}: there is no metric \"{}\"{}", function, name, suggestion(name, known));
}

int progress_metric(lua_State* L) {
  const auto* history = history_of(L, progress_of(L), first_argument(L), "metric");
  if (history == nullptr || history->empty())
    lua_pushnil(L);
  else
    lua_pushnumber(L, history->back().value);
  return 1;
}

// m:plateau(name, patience [, min_gain]): whether the last `patience` validations of this phase all failed to exceed
// the best one before them by more than min_gain. The one made as the phase began counts as the first.
int progress_plateau(lua_State* L) {
  const int first = first_argument(L);
  const Progress& progress = progress_of(L);
  const auto* history = history_of(L, progress, first, "plateau");
  const lua_Integer patience = luaL_checkinteger(L, first + 1);
  const double min_gain = luaL_optnumber(L, first + 2, 0);
  if (patience < 1) raise(L, "m:plateau: patience is {}, but must be at least 1", patience);
  if (!(min_gain >= 0)) raise(L, "m:plateau: min_gain is {}, but must be at least 0", min_gain);
  double best = -std::numeric_limits<double>::infinity();
  lua_Integer since_best = 0;
  bool any = false;
  if (history != nullptr)
    for (const MetricPoint& point : *history) {
      if (point.step < progress.total_step - progress.phase_step) continue;
      if (!any || point.value > best + min_gain) {
        best = point.value;
        since_best = 0;
      } else {
        ++since_best;
      }
      any = true;
    }
  lua_pushboolean(L, since_best >= patience);
  return 1;
}

void bind_progress(lua_State* L, lua_CFunction function, const Progress& progress, const char* name) {
  lua_pushlightuserdata(L, const_cast<Progress*>(&progress));
  lua_pushinteger(L, ScriptSession::of(L).call_number());
  lua_pushcclosure(L, function, 2);
  lua_setfield(L, -2, name);
}

void push_progress(lua_State* L, const Progress& progress) {
  lua_createtable(L, 0, 8);
  push_text(L, progress.phase);
  lua_setfield(L, -2, "phase");
  lua_pushstring(L, view_name(progress.view));
  lua_setfield(L, -2, "view");
  lua_pushinteger(L, progress.phase_step);
  lua_setfield(L, -2, "phase_step");
  lua_pushinteger(L, progress.total_step);
  lua_setfield(L, -2, "total_step");
  lua_pushnumber(L, progress.pass_rate);
  lua_setfield(L, -2, "pass_rate");
  lua_pushnumber(L, progress.reward);
  lua_setfield(L, -2, "reward");
  lua_pushnumber(L, progress.phase_tokens);
  lua_setfield(L, -2, "phase_tokens");
  bind_progress(L, guarded<progress_metric>, progress, "metric");
  bind_progress(L, guarded<progress_plateau>, progress, "plateau");
  make_strict(L, "m");
}

class LuaPolicy : public PhasePolicy {
 public:
  LuaPolicy(std::shared_ptr<ScriptHost> host, std::string phase, FunctionRef function)
      : host_(std::move(host)), phase_(std::move(phase)), function_(std::move(function)) {}

  Decision decide(const Progress& progress) override {
    Decision decision;
    const RandomKey random(host_->seed(), "script leave",
                           {static_cast<uint64_t>(progress.total_step), hash_bytes(phase_).low});
    host_->call_main(function_, random, [&](lua_State* L) {
      push_progress(L, progress);
      lua_call(L, 1, 2);
      read_decision(L, decision);
      lua_pop(L, 2);
    });
    return decision;
  }

  std::string save_state() const override { return ""; }
  void load_state(std::string_view bytes) override {
    if (!bytes.empty())
      fail("a leave function keeps its state in run.state, but the checkpoint has {} bytes for it", bytes.size());
  }

 private:
  void read_decision(lua_State* L, Decision& decision) const {  // decision and reason at -2 and -1
    const int type = lua_type(L, -2);
    if (type == LUA_TNIL || (type == LUA_TBOOLEAN && lua_toboolean(L, -2) == 0)) return;
    if (type == LUA_TBOOLEAN)
      decision.kind = Decision::Kind::advance;
    else if (type == LUA_TSTRING && text_at(L, -2) == "stop")
      decision.kind = Decision::Kind::stop;
    else if (type == LUA_TSTRING) {
      decision.kind = Decision::Kind::jump;
      decision.phase = text_at(L, -2);
    } else {
      fail("leave of phase \"{}\" must return false, true, a phase's name or \"stop\", and returned a {}", phase_,
           lua_typename(L, type));
    }
    if (lua_type(L, -1) == LUA_TSTRING)
      decision.reason = text_at(L, -1);
    else if (lua_isnil(L, -1))
      decision.reason = fmt::format("the leave function at {} said so", function_.source);
    else
      fail("leave of phase \"{}\" must return its reason as a string, and returned a {}", phase_, luaL_typename(L, -1));
  }

  std::shared_ptr<ScriptHost> host_;
  std::string phase_;
  FunctionRef function_;
};

}  // namespace

std::unique_ptr<PhasePolicy> make_lua_policy(std::shared_ptr<ScriptHost> host, const PhaseConfig& config) {
  FunctionRef function = find_function(config.leave, "decide");
  if (!function) fail_usage(config.leave.place, "phase \"{}\" has no Lua function leave", config.name);
  return std::make_unique<LuaPolicy>(std::move(host), config.name, std::move(function));
}

}  // namespace crescent
