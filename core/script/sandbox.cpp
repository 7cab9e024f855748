#include "core/script/sandbox.hpp"

#include "core/script/tables.hpp"

namespace crescent {

std::string display(lua_State* L, int index) {
  const int type = lua_type(L, index);
  const bool plain = type == LUA_TNIL || type == LUA_TBOOLEAN || type == LUA_TNUMBER || type == LUA_TSTRING;
  if (!plain && luaL_getmetafield(L, index, "__tostring") == LUA_TNIL) return lua_typename(L, type);
  if (!plain) lua_pop(L, 1);
  size_t size = 0;
  const char* text = luaL_tolstring(L, index, &size);
  std::string out(text, size);
  lua_pop(L, 1);
  return out;
}

void push_allowed(lua_State* L, lua_CFunction open, std::initializer_list<const char*> names) {
  lua_pushcfunction(L, open);
  lua_call(L, 0, 1);
  lua_newtable(L);
  for (const char* name : names) {
    lua_getfield(L, -2, name);
    lua_setfield(L, -2, name);
  }
  lua_remove(L, -2);
}

static int call_charged(lua_State* L) {  // upvalue: Lua's own
  int64_t bytes = 0;
  for (int i = lua_gettop(L); i > 0; --i)
    if (lua_type(L, i) == LUA_TSTRING) bytes += static_cast<int64_t>(lua_rawlen(L, i));
  LuaState::of(L).charge(bytes / 8);
  return lua_tocfunction(L, lua_upvalueindex(1))(L);
}

void charge_by_length(lua_State* L, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    lua_getfield(L, -1, name);
    lua_pushcclosure(L, guarded<call_charged>, 1);
    lua_setfield(L, -2, name);
  }
}

namespace {

constexpr int64_t kCaughtError = 1000;  // units: a C++ exception costs about as much

int script_tostring(lua_State* L) {
  luaL_checkany(L, 1);
  push_text(L, display(L, 1));
  return 1;
}

int script_print(lua_State* L) {
  std::string line;
  const int n = lua_gettop(L);
  LuaState::of(L).charge(100);
  for (int i = 1; i <= n; ++i) {
    const std::string piece = display(L, i);
    LuaState::of(L).charge(static_cast<int64_t>(piece.size()) * 10);  // before there are copies of it
    line += (i > 1 ? "\t" : "") + piece;
  }
  LuaState::of(L).print(line);
  return 0;
}

int sorted_step(lua_State* L) {  // upvalues: keys, position
  const lua_Integer position = lua_tointeger(L, lua_upvalueindex(2)) + 1;
  for (lua_Integer i = position;; ++i) {
    if (lua_rawgeti(L, lua_upvalueindex(1), i) == LUA_TNIL) return 1;
    lua_pushvalue(L, -1);
    if (lua_rawget(L, 1) == LUA_TNIL) {  // removed on the way
      lua_pop(L, 2);
      continue;
    }
    lua_pushinteger(L, i);
    lua_replace(L, lua_upvalueindex(2));
    return 2;
  }
}

int script_pairs(lua_State* L) {
  luaL_checkany(L, 1);
  if (luaL_getmetafield(L, 1, "__pairs") != LUA_TNIL) {
    lua_pushvalue(L, 1);
    lua_call(L, 1, 3);
    return 3;
  }
  if (!lua_istable(L, 1)) raise(L, "pairs: argument 1 must be a table, found {}", luaL_typename(L, 1));
  push_sorted_keys(L, 1);
  lua_pushinteger(L, 0);
  lua_pushcclosure(L, guarded<sorted_step>, 2);
  lua_pushvalue(L, 1);
  lua_pushnil(L);
  return 3;
}

// next(t): the first key in sorted order, or nil: whether a table is empty. A step by key would be in random order.
int script_next(lua_State* L) {
  if (!lua_istable(L, 1)) raise(L, "next: argument 1 must be a table, found {}", luaL_typename(L, 1));
  if (is_locked(L, 1)) raise(L, "next: argument 1 is a read-only table; use pairs");
  if (!lua_isnoneornil(L, 2)) raise(L, "next takes no key here; use pairs, which walks keys in sorted order");
  push_sorted_keys(L, 1);
  if (lua_rawgeti(L, -1, 1) == LUA_TNIL) return 1;
  lua_pushvalue(L, -1);
  lua_rawget(L, 1);
  return 2;
}

int script_setmetatable(lua_State* L) {
  if (!lua_istable(L, 1)) raise(L, "setmetatable: argument 1 must be a table, found {}", luaL_typename(L, 1));
  if (!lua_istable(L, 2) && !lua_isnoneornil(L, 2))
    raise(L, "setmetatable: argument 2 must be a table or nil, found {}", luaL_typename(L, 2));
  if (luaL_getmetafield(L, 1, "__metatable") != LUA_TNIL) raise(L, "setmetatable: the metatable is protected");
  lua_settop(L, 2);
  if (lua_istable(L, 2)) {
    for (const char* name : {"__gc", "__mode"}) {
      push_text(L, name);
      if (lua_rawget(L, 2) != LUA_TNIL)
        raise(L, "setmetatable: {} is not allowed, because it acts when memory is freed", name);
      lua_pop(L, 1);
    }
  }
  lua_setmetatable(L, 1);
  return 1;
}

// A script that used up its budget is not to be caught by itself.
int script_pcall(lua_State* L) {
  luaL_checkany(L, 1);
  lua_pushboolean(L, 1);
  lua_insert(L, 1);
  if (lua_pcall(L, lua_gettop(L) - 2, LUA_MULTRET, 0) == LUA_OK) return lua_gettop(L);
  if (LuaState::of(L).spent()) return lua_error(L);
  LuaState::of(L).charge(kCaughtError);
  lua_pushboolean(L, 0);
  lua_insert(L, -2);
  return 2;
}

// upvalue: the script's handler. Lua runs a handler before it leaves the hook that raised the error, hence without
// hooks: a handler of a script that is spent could loop for ever, so it is not called.
int guarded_handler(lua_State* L) {
  if (LuaState::of(L).spent()) return 1;
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  lua_call(L, lua_gettop(L) - 1, 1);
  return 1;
}

int script_xpcall(lua_State* L) {
  luaL_checktype(L, 2, LUA_TFUNCTION);
  lua_pushvalue(L, 2);
  lua_pushcclosure(L, guarded<guarded_handler>, 1);
  lua_replace(L, 2);
  const int n = lua_gettop(L);
  lua_pushboolean(L, 1);
  lua_pushvalue(L, 1);
  lua_rotate(L, 3, 2);
  if (lua_pcall(L, n - 2, LUA_MULTRET, 2) == LUA_OK) return lua_gettop(L) - 2;
  if (LuaState::of(L).spent()) return lua_error(L);
  LuaState::of(L).charge(kCaughtError);
  lua_pushboolean(L, 0);
  lua_insert(L, -2);
  return 2;
}

int unknown_global(lua_State* L) {
  const std::string name = display(L, 2);
  raise(L, "the global \"{}\" is not defined{}", name, [&] {
    const std::string near = nearest(name, string_keys(L, lua_upvalueindex(1)));
    return near.empty() ? std::string() : fmt::format("; did you mean \"{}\"?", near);
  }());
}

int assign_global(lua_State* L) {
  const std::string name = display(L, 2);
  raise(L, "the global \"{}\" cannot be assigned; write local {} = ...", name, name);
}

}  // namespace

void push_base_library(lua_State* L) {
  // luaopen_base writes into the globals; what is not on the list is taken out again.
  push_allowed(
      L, luaopen_base,
      {"assert", "error", "getmetatable", "ipairs", "rawequal", "rawget", "rawlen", "select", "tonumber", "type"});
  charge_by_length(L, {"tonumber"});
  bind<script_tostring>(L, "tostring");
  bind<script_print>(L, "print");
  bind<script_pairs>(L, "pairs");
  bind<script_next>(L, "next");
  bind<script_setmetatable>(L, "setmetatable");
  bind<script_pcall>(L, "pcall");
  bind<script_xpcall>(L, "xpcall");
}

void push_utf8_library(lua_State* L) {
  push_allowed(L, luaopen_utf8, {"char", "charpattern", "codepoint", "codes", "len", "offset"});
  charge_by_length(L, {"len", "offset"});
}

void open_sandbox(lua_State* L) {
  push_base_library(L);
  lua_pushvalue(L, -1);
  lua_rawseti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
  const std::pair<const char*, void (*)(lua_State*)> libraries[] = {{"string", push_string_library},
                                                                    {"table", push_table_library},
                                                                    {"math", push_math_library},
                                                                    {"utf8", push_utf8_library}};
  for (const auto& [name, push] : libraries) {
    push(L);
    lock_table(L, name);
    lua_setfield(L, -2, name);
  }
  // ("x"):rep(3) finds the same functions, and nothing that a script could change.
  lua_pushliteral(L, "");
  if (lua_getmetatable(L, -1) == 0) raise(L, "Lua's string library has no metatable");
  lua_getfield(L, -3, "string");
  lua_setfield(L, -2, "__index");
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
  lua_pop(L, 3);
}

void push_environment(lua_State* L) {
  lua_newtable(L);
  lua_newtable(L);  // metatable of the view
  lua_newtable(L);  // metatable of the globals themselves: what a missing name does
  lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
  lua_pushvalue(L, -1);
  lua_pushcclosure(L, guarded<unknown_global>, 1);
  lua_setfield(L, -3, "__index");
  lua_pushvalue(L, -2);
  lua_setmetatable(L, -2);
  lua_setfield(L, -3, "__index");
  lua_pop(L, 1);
  lua_pushcfunction(L, guarded<assign_global>);
  lua_setfield(L, -2, "__newindex");
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
  mark_locked(L);
  lua_setmetatable(L, -2);
}

}  // namespace crescent
