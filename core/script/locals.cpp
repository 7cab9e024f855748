#include "core/script/locals.hpp"

#include <functional>
#include <set>

#include "core/base/error.hpp"
#include "core/script/sandbox.hpp"

namespace crescent {

namespace {

const char kNil = 0;  // its address stands for nil, which a table cannot hold

bool is_plain(int type) {
  return type == LUA_TNIL || type == LUA_TBOOLEAN || type == LUA_TNUMBER || type == LUA_TSTRING;
}

// Calls `visit(name, id)` with the value of each upvalue on top of the stack, functions reached through them included.
void walk(lua_State* L, int function, std::set<const void*>& seen,
          const std::function<void(const char*, void*)>& visit) {
  if (lua_iscfunction(L, function) || !seen.insert(lua_topointer(L, function)).second) return;
  luaL_checkstack(L, 8, "functions within functions");
  for (int i = 1; const char* name = lua_getupvalue(L, function, i); ++i) {
    if (lua_isfunction(L, -1))
      walk(L, lua_gettop(L), seen, visit);
    else
      visit(name, lua_upvalueid(L, function, i));
    lua_pop(L, 1);
  }
}

bool same(lua_State* L, int a, int b) {
  if (lua_touserdata(L, b) == &kNil) return lua_isnil(L, a);
  if (lua_rawequal(L, a, b) != 0) return true;
  return lua_type(L, a) == LUA_TNUMBER && lua_type(L, b) == LUA_TNUMBER && lua_tonumber(L, a) != lua_tonumber(L, a) &&
         lua_tonumber(L, b) != lua_tonumber(L, b);  // NaN twice
}

}  // namespace

void note_locals(lua_State* L, int function, int table) {
  std::set<const void*> seen;
  table = lua_absindex(L, table);
  walk(L, lua_absindex(L, function), seen, [&](const char*, void* id) {
    if (!is_plain(lua_type(L, -1))) return;
    if (lua_isnil(L, -1))
      lua_pushlightuserdata(L, const_cast<char*>(&kNil));
    else
      lua_pushvalue(L, -1);
    lua_rawsetp(L, table, id);
  });
}

void check_locals(lua_State* L, int function, int table) {
  std::set<const void*> seen;
  table = lua_absindex(L, table);
  walk(L, lua_absindex(L, function), seen, [&](const char* name, void* id) {
    if (lua_rawgetp(L, table, id) != LUA_TNIL && !same(L, -2, -1))
      fail(
          "the function changed the local \"{}\" from {} to {}, which a resumed run would not know; keep it in "
          "run.state",
          name, lua_touserdata(L, -1) == &kNil ? "nil" : display(L, -1), display(L, -2));
    lua_pop(L, 1);
  });
}

}  // namespace crescent
