#include "core/script/script_host.hpp"

#include <mutex>

#include "core/script/session.hpp"
#include "core/script/values.hpp"

namespace crescent {

struct ScriptHost::State {
  std::unique_ptr<ScriptSession> main;
  std::function<std::unique_ptr<ScriptSession>()> make_worker;
  uint64_t seed = 0;
  Digest digest;
  std::mutex mutex;
  std::vector<std::unique_ptr<ScriptSession>> idle;
};

static void refuse_change(const ScriptSession& session, lua_State* L, bool all) {
  if (const std::string change = session.captured_change(L, all); !change.empty())
    fail("the function changed {}, which a resumed run would not know; keep it in run.state", change);
}

ScriptHost::ScriptHost(std::unique_ptr<ScriptSession> main, std::function<std::unique_ptr<ScriptSession>()> make_worker)
    : state_(std::make_unique<State>()) {
  state_->main = std::move(main);
  state_->make_worker = std::move(make_worker);
  if (!state_->main) return;
  Hasher hasher;
  for (const ScriptFile& file : state_->main->files()) hasher.add(file.path).add(file.content);
  state_->digest = hasher.digest();
}

ScriptHost::~ScriptHost() = default;

Digest ScriptHost::digest() const { return state_->digest; }
void ScriptHost::set_seed(uint64_t seed) { state_->seed = seed; }
uint64_t ScriptHost::seed() const { return state_->seed; }

std::string ScriptHost::save_state() const {
  if (!state_->main) return "";
  std::string bytes;
  ScriptSession& session = *state_->main;
  session.call(RandomKey(0), [&](lua_State* L) {
    refuse_change(session, L, true);
    session.push_state(L);
    bytes = state_bytes(L, -1);
  });
  return bytes;
}

void ScriptHost::load_state(std::string_view bytes) {
  if (!state_->main) {
    if (!bytes.empty()) fail("a script's run.state was saved, but there is no script now");
    return;
  }
  ScriptSession& session = *state_->main;
  session.call(RandomKey(0), [&](lua_State* L) {
    session.push_state(L);
    load_state_bytes(L, -1, bytes);
  });
}

void ScriptHost::call_main(const FunctionRef& function, RandomKey random, const std::function<void(lua_State*)>& body) {
  if (!state_->main) fail("no script is loaded for {}", function.source);
  ScriptSession& session = *state_->main;
  try {
    session.call(random, [&](lua_State* L) {
      session.push_function(L, function);
      body(L);
      refuse_change(session, L, false);
      // What cannot be saved is an error now, not at the next checkpoint.
      session.push_state(L);
      check_state(L, -1);
    });
  } catch (const Error& error) {
    if (!error.place().file.empty()) throw;
    throw Error(error.message(), session.function_place(function), error.kind());
  }
}

void ScriptHost::on_step(const std::vector<FunctionRef>& functions, const StepReport& report) {
  for (size_t i = 0; i < functions.size(); ++i) {
    const RandomKey random(state_->seed, "script on_step", {i, static_cast<uint64_t>(report.step)});
    call_main(functions[i], random, [&](lua_State* L) {
      lua_pushinteger(L, report.step);
      lua_newtable(L);
      for (const auto& [name, value] : report.metrics) {
        lua_pushnumber(L, value);
        lua_setfield(L, -2, name.c_str());
      }
      push_text(L, report.phase);
      lua_call(L, 3, 0);
    });
  }
}

void ScriptHost::on_phase(const std::vector<FunctionRef>& functions, const std::string& from, const std::string& to,
                          int64_t step, const std::string& reason) {
  for (size_t i = 0; i < functions.size(); ++i) {
    const RandomKey random(state_->seed, "script on_phase", {i, static_cast<uint64_t>(step)});
    call_main(functions[i], random, [&](lua_State* L) {
      lua_createtable(L, 0, 4);
      const auto set = [L](const char* name, const std::string& text) {
        push_text(L, text);
        lua_setfield(L, -2, name);
      };
      set("from", from);
      if (!to.empty()) set("to", to);
      set("reason", reason);
      lua_pushinteger(L, step);
      lua_setfield(L, -2, "step");
      lua_call(L, 1, 0);
    });
  }
}

ScriptHost::Worker::Worker(ScriptHost& host, std::unique_ptr<ScriptSession> session)
    : host_(&host), session_(std::move(session)) {}
ScriptHost::Worker::~Worker() {
  if (!session_) return;
  const std::lock_guard lock(host_->state_->mutex);
  host_->state_->idle.push_back(std::move(session_));
}

ScriptHost::Worker ScriptHost::borrow_worker() {
  {
    const std::lock_guard lock(state_->mutex);
    if (!state_->idle.empty()) {
      auto session = std::move(state_->idle.back());
      state_->idle.pop_back();
      return Worker(*this, std::move(session));
    }
  }
  return Worker(*this, state_->make_worker());
}

std::function<double(int64_t, int64_t)> make_lua_schedule(std::shared_ptr<ScriptHost> host,
                                                          const FunctionRef& function) {
  if (!function) fail_usage({}, "there is no Lua function for a schedule");
  return [host, function](int64_t step, int64_t total) {
    double factor = 0;
    host->call_main(function, RandomKey(host->seed(), "script schedule", {static_cast<uint64_t>(step)}),
                    [&](lua_State* L) {
                      lua_pushinteger(L, step);
                      if (total < 0)
                        lua_pushnil(L);
                      else
                        lua_pushinteger(L, total);
                      lua_call(L, 2, 1);
                      if (lua_type(L, -1) != LUA_TNUMBER)
                        fail("the schedule must return a number, the factor of lr, and returned {} at step {}",
                             luaL_typename(L, -1), step);
                      factor = lua_tonumber(L, -1);
                      if (!(factor >= 0) || factor > 1e6)
                        fail("the schedule returned {} at step {}, but a factor of lr is from 0 to 1e6", factor, step);
                    });
    return factor;
  };
}

std::shared_ptr<ScriptHost> host_of(std::unique_ptr<ScriptSession> main) {
  if (!main) return std::make_shared<ScriptHost>(nullptr, nullptr);
  ScriptProgram program = main->program();
  program.from_memory = true;  // what was loaded, whatever happens to the files
  program.files = main->files();
  return std::make_shared<ScriptHost>(std::move(main), [program] {
    auto worker = std::make_unique<ScriptSession>(program, true);
    Problems problems;
    worker->load(problems);
    problems.throw_if_any();
    return worker;
  });
}

}  // namespace crescent
