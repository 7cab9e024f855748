// The module "crescent" as a script sees it: crescent.params, crescent.run, crescent.sweep, and the methods of a run.
// Nothing here checks options: a run collects what was said, with places, and run_options.hpp judges it as a whole.
#include <new>

#include "core/script/field_lines.hpp"
#include "core/script/sandbox.hpp"
#include "core/script/session.hpp"
#include "core/script/tables.hpp"
#include "core/script/values.hpp"

namespace crescent {

namespace {

constexpr const char* kRunType = "crescent.run";

struct RunHandle {
  size_t index;  // in session.runs()
};

enum class Part { once, list, function };
struct Method {
  const char* name;
  Part part;
};
constexpr Method kMethods[] = {{"sft", Part::once},         {"grpo", Part::once},     {"reward", Part::list},
                               {"sampler", Part::once},     {"phase", Part::list},    {"validate", Part::once},
                               {"checkpoint", Part::once},  {"rollouts", Part::once}, {"on_step", Part::function},
                               {"on_phase", Part::function}};

std::vector<std::string> method_names() {
  std::vector<std::string> names = {"state"};
  for (const Method& method : kMethods) names.emplace_back(method.name);
  return names;
}

// The argument of crescent.run or run:method, each field with its own line.
Value read_argument(lua_State* L, int index, ScriptSession& session, const Place& place, const char* call) {
  Value value = read_value(L, index, place, [&session](lua_State* state) { return session.keep(state); });
  if (const ScriptFile* file = session.find_file(place.file)) place_fields(file->content, call, value);
  return value;
}

int crescent_params(lua_State* L) {
  ScriptSession& session = ScriptSession::of(L);
  if (!session.loading()) raise(L, "crescent.params is for loading; the run has begun");
  session.set_params(L, LuaState::of(L).where());
  return 1;
}

int crescent_run(lua_State* L) {
  ScriptSession& session = ScriptSession::of(L);
  if (!session.loading()) raise(L, "crescent.run is for loading; the run has begun");
  const Place place = LuaState::of(L).where();
  lua_settop(L, 1);
  if (!lua_istable(L, 1))
    raise(L, "crescent.run takes a table, crescent.run {{ name = \"...\" }}, found {}", luaL_typename(L, 1));
  Value value = read_argument(L, 1, session, place, "run");
  new (lua_newuserdatauv(L, sizeof(RunHandle), 1)) RunHandle{session.runs().size()};
  session.runs().push_back({std::move(std::get<Table>(value.data)), place});
  lua_newtable(L);
  lua_setiuservalue(L, -2, 1);
  luaL_setmetatable(L, kRunType);
  return 1;
}

constexpr const char* kSweepType = "crescent.sweep";

// What it was given, without `params`: those are the script's own.
int crescent_sweep(lua_State* L) {
  ScriptSession& session = ScriptSession::of(L);
  if (!session.loading()) raise(L, "crescent.sweep is for loading; the run has begun");
  const Place place = LuaState::of(L).where();
  lua_settop(L, 1);
  if (!lua_istable(L, 1))
    raise(L, "crescent.sweep takes a table, crescent.sweep {{ build = build, ... }}, found {}", luaL_typename(L, 1));
  if (session.has_sweep()) raise(L, "crescent.sweep was called already; a script has one sweep");
  lua_newtable(L);
  for (lua_pushnil(L); lua_next(L, 1) != 0; lua_pop(L, 1)) {
    if (lua_type(L, -2) == LUA_TSTRING && text_at(L, -2) == "params") {
      if (!is_locked(L, -1))
        raise(L, "crescent.sweep: params must be what crescent.params returned, found {}", luaL_typename(L, -1));
      continue;
    }
    lua_pushvalue(L, -2);
    lua_pushvalue(L, -2);
    lua_rawset(L, 2);
  }
  Value value = read_argument(L, 2, session, place, "sweep");
  session.set_sweep({std::move(std::get<Table>(value.data)), place});
  lua_newuserdatauv(L, 1, 0);
  luaL_setmetatable(L, kSweepType);
  return 1;
}

constexpr size_t kMostMistakes = 1000;  // of a script that goes on after each

// upvalue: index in kMethods. run:method(argument)
int run_method(lua_State* L) {
  const Method& method = kMethods[lua_tointeger(L, lua_upvalueindex(1))];
  ScriptSession& session = ScriptSession::of(L);
  const Place place = LuaState::of(L).where();
  if (!session.loading()) raise(L, "run:{} is for loading; the run has begun", method.name);
  auto* handle = static_cast<RunHandle*>(luaL_testudata(L, 1, kRunType));
  if (handle == nullptr)
    raise(L, "write run:{} with a colon: run:{} {}", method.name, method.name,
          method.part == Part::function ? "(function(...) ... end)" : "{ ... }");
  lua_settop(L, 2);
  Value value = read_argument(L, 2, session, place, method.name);
  Table& table = session.runs()[handle->index].table;
  if (session.problems().size() > kMostMistakes) raise(L, "the script has made over {} mistakes", kMostMistakes);
  if (method.part == Part::once) {
    if (const Value* earlier = table.find(method.name))
      session.problems().add(place, "{} is given twice, first at line {}; give it once", method.name,
                             earlier->place.line);
    else
      table.set(method.name, std::move(value));
    return 0;
  }
  Table list;
  if (const Value* earlier = table.find(method.name); earlier && earlier->is_table()) list = *earlier->get<Table>();
  const Place first = list.list.empty() ? place : list.list.front().place;
  list.list.push_back(std::move(value));
  table.set(method.name, Value(std::move(list), first));
  return 0;
}

int do_nothing(lua_State*) { return 0; }

// upvalue: the methods. run.name
int run_index(lua_State* L) {
  ScriptSession& session = ScriptSession::of(L);
  luaL_checkudata(L, 1, kRunType);
  const std::string name = display(L, 2);
  if (name == "state") {
    if (session.is_worker() && !session.loading())
      raise(L,
            "run.state is not there for rewards: they run in several workers and are functions of their sample alone");
    lua_getiuservalue(L, 1, 1);
    return 1;
  }
  push_text(L, name);
  if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL) return 1;
  const std::string text = fmt::format("a run has no \"{}\"{}", name, suggestion(name, method_names()));
  if (!session.loading() || session.problems().size() > kMostMistakes) raise_text(L, text);
  session.problems().add(LuaState::of(L).where(), "{}", text);
  if (const std::string meant = nearest(name, method_names()); !meant.empty()) session.note_misspelt(meant);
  lua_pushcfunction(L, do_nothing);  // go on, so that the other mistakes are reported too
  return 1;
}

int run_newindex(lua_State* L) {
  const std::string name = display(L, 2);
  if (name == "state") raise(L, "run.state cannot be replaced; set its fields: run.state.{} = ...", "count");
  raise(L, "a run has no field \"{}\" to set; what a script remembers goes into run.state", name);
}

void make_run_type(lua_State* L) {
  luaL_newmetatable(L, kRunType);
  lua_newtable(L);
  for (size_t i = 0; i < std::size(kMethods); ++i) {
    lua_pushinteger(L, static_cast<lua_Integer>(i));
    lua_pushcclosure(L, guarded<run_method>, 1);
    lua_setfield(L, -2, kMethods[i].name);
  }
  lua_pushcclosure(L, guarded<run_index>, 1);
  lua_setfield(L, -2, "__index");
  bind<run_newindex>(L, "__newindex");
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
  lua_pop(L, 1);
}

}  // namespace

void push_crescent_module(lua_State* L) {
  make_run_type(L);
  luaL_newmetatable(L, kSweepType);
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
  lua_pop(L, 1);
  lua_newtable(L);
  bind<crescent_params>(L, "params");
  bind<crescent_run>(L, "run");
  bind<crescent_sweep>(L, "sweep");
  lock_table(L, "crescent");
}

bool is_returned_sweep(lua_State* L) { return luaL_testudata(L, -1, kSweepType) != nullptr; }

size_t push_returned_state(lua_State* L, const char* who, const Place& place) {
  auto* handle = static_cast<RunHandle*>(luaL_testudata(L, -1, kRunType));
  if (handle == nullptr)
    throw Error(fmt::format("{} returns a {}, not a run; end it with `return run`", who, luaL_typename(L, -1)), place,
                ErrorKind::usage);
  lua_getiuservalue(L, -1, 1);
  return handle->index;
}

}  // namespace crescent
