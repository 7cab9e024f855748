#include "core/script/tables.hpp"

#include <algorithm>

namespace crescent {

namespace {

const char kLockedMark = 0;  // its address is a key in the metatable of locked tables

struct Key {
  int type;  // LUA_TNUMBER, LUA_TSTRING, LUA_TBOOLEAN
  bool is_integer = false;
  lua_Integer integer = 0;
  double number = 0;
  std::string_view text;
};

int rank(const Key& key) { return key.type == LUA_TNUMBER ? 0 : key.type == LUA_TSTRING ? 1 : 2; }

bool before(const Key& a, const Key& b) {
  if (rank(a) != rank(b)) return rank(a) < rank(b);
  if (a.type == LUA_TSTRING) return a.text < b.text;
  if (a.type == LUA_TNUMBER && !(a.is_integer && b.is_integer)) return a.number < b.number;
  return a.integer < b.integer;
}

Key read_key(lua_State* L) {  // from the top of the stack, which keeps it
  Key key{.type = lua_type(L, -1)};
  if (key.type == LUA_TNUMBER) {
    key.is_integer = lua_isinteger(L, -1) != 0;
    key.number = lua_tonumber(L, -1);
    if (key.is_integer) key.integer = lua_tointeger(L, -1);
  } else if (key.type == LUA_TSTRING) {
    key.text = text_at(L, -1);
  } else if (key.type == LUA_TBOOLEAN) {
    key.integer = lua_toboolean(L, -1);
  } else {
    raise(L, "a table with a {} as a key cannot be walked: the order would differ from run to run",
          luaL_typename(L, -1));
  }
  return key;
}

int missing_field(lua_State* L) {
  const std::string name(text_at(L, lua_upvalueindex(1)));
  if (lua_type(L, 2) != LUA_TSTRING) return 0;  // t[1] and the like: nothing there
  const std::string key(text_at(L, 2));
  raise(L, "{} has no \"{}\"{}", name, key, suggestion(key, string_keys(L, 1)));
}

int refuse_write(lua_State* L) {
  const std::string name(text_at(L, lua_upvalueindex(1)));
  const std::string key = lua_type(L, 2) == LUA_TSTRING ? fmt::format(" (\"{}\")", text_at(L, 2)) : "";
  raise(L, "{} cannot be changed{}", name, key);
}

int locked_pairs(lua_State* L) {
  lua_getglobal(L, "pairs");
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_call(L, 1, 3);
  return 3;
}

int locked_length(lua_State* L) {
  lua_pushinteger(L, static_cast<lua_Integer>(lua_rawlen(L, lua_upvalueindex(1))));
  return 1;
}

}  // namespace

void make_strict(lua_State* L, const std::string& name) {
  if (luaL_newmetatable(L, ("crescent strict " + name).c_str()) != 0) {
    push_text(L, name);
    lua_pushcclosure(L, guarded<missing_field>, 1);
    lua_setfield(L, -2, "__index");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
  }
  lua_setmetatable(L, -2);
}

void lock_table(lua_State* L, const std::string& name) {
  make_strict(L, name);
  lua_newtable(L);  // the view
  lua_newtable(L);  // its metatable
  lua_pushvalue(L, -3);
  lua_setfield(L, -2, "__index");
  push_text(L, name);
  lua_pushcclosure(L, guarded<refuse_write>, 1);
  lua_setfield(L, -2, "__newindex");
  lua_pushvalue(L, -3);
  lua_pushcclosure(L, guarded<locked_pairs>, 1);
  lua_setfield(L, -2, "__pairs");
  lua_pushvalue(L, -3);
  lua_pushcclosure(L, guarded<locked_length>, 1);
  lua_setfield(L, -2, "__len");
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
  mark_locked(L);
  lua_setmetatable(L, -2);
  lua_remove(L, -2);
}

void mark_locked(lua_State* L) {
  lua_pushboolean(L, 1);
  lua_rawsetp(L, -2, &kLockedMark);
}

bool is_locked(lua_State* L, int index) {
  if (lua_getmetatable(L, index) == 0) return false;
  const bool locked = lua_rawgetp(L, -1, &kLockedMark) != LUA_TNIL;
  lua_pop(L, 2);
  return locked;
}

void check_plain_table(lua_State* L, int index, const char* function) {
  if (!lua_istable(L, index))
    raise(L, "{}: argument {} must be a table, found {}", function, index, luaL_typename(L, index));
  if (is_locked(L, index)) raise(L, "{}: argument {} is a read-only table", function, index);
}

lua_Integer push_sorted_keys(lua_State* L, int index) {
  index = lua_absindex(L, index);
  luaL_checkstack(L, 6, nullptr);
  std::vector<Key> keys;
  lua_pushnil(L);
  while (lua_next(L, index) != 0) {
    lua_pop(L, 1);
    keys.push_back(read_key(L));
  }
  LuaState::of(L).charge(static_cast<int64_t>(keys.size()) * 4);
  std::sort(keys.begin(), keys.end(), before);
  lua_createtable(L, static_cast<int>(keys.size()), 0);
  lua_Integer n = 0;
  for (const Key& key : keys) {
    if (key.type == LUA_TSTRING)
      push_text(L, key.text);
    else if (key.type == LUA_TBOOLEAN)
      lua_pushboolean(L, static_cast<int>(key.integer));
    else if (key.is_integer)
      lua_pushinteger(L, key.integer);
    else
      lua_pushnumber(L, key.number);
    lua_rawseti(L, -2, ++n);
  }
  return n;
}

std::vector<std::string> string_keys(lua_State* L, int index) {
  index = lua_absindex(L, index);
  luaL_checkstack(L, 4, nullptr);
  std::vector<std::string> keys;
  lua_pushnil(L);
  while (lua_next(L, index) != 0) {
    lua_pop(L, 1);
    if (lua_type(L, -1) == LUA_TSTRING) keys.emplace_back(text_at(L, -1));
  }
  std::sort(keys.begin(), keys.end());
  return keys;
}

}  // namespace crescent
