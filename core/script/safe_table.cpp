// table.*, on raw tables: their loops are bounded by what the table really holds, not by what a __len claims.
#include <vector>

#include "core/script/sandbox.hpp"
#include "core/script/tables.hpp"

namespace crescent {

void check_count(lua_State* L, const char* function, lua_Integer count) {
  if (count > 100'000'000) raise(L, "{}: {} elements are too many", function, count);
  if (count > 0) LuaState::of(L).charge(count);
}

namespace {

lua_Integer length(lua_State* L, int index) { return static_cast<lua_Integer>(lua_rawlen(L, index)); }

int table_insert(lua_State* L) {
  check_plain_table(L, 1, "table.insert");
  const lua_Integer end = length(L, 1) + 1;
  const int n = lua_gettop(L);
  if (n == 2) {
    lua_rawseti(L, 1, end);
    return 0;
  }
  if (n != 3) raise(L, "table.insert takes (table, value) or (table, position, value), found {} arguments", n);
  const lua_Integer position = luaL_checkinteger(L, 2);
  if (position < 1 || position > end) raise(L, "table.insert: position {} is outside 1 to {}", position, end);
  check_count(L, "table.insert", end - position);
  for (lua_Integer i = end; i > position; --i) {
    lua_rawgeti(L, 1, i - 1);
    lua_rawseti(L, 1, i);
  }
  lua_rawseti(L, 1, position);
  return 0;
}

int table_remove(lua_State* L) {
  check_plain_table(L, 1, "table.remove");
  const lua_Integer size = length(L, 1);
  lua_Integer position = luaL_optinteger(L, 2, size);
  if (lua_gettop(L) >= 2 && size + 1 != position && (position < 1 || position > size + 1) &&
      !(size == 0 && position == 0))
    raise(L, "table.remove: position {} is outside 1 to {}", position, size + 1);
  lua_rawgeti(L, 1, position);
  check_count(L, "table.remove", size - position);
  for (; position < size; ++position) {
    lua_rawgeti(L, 1, position + 1);
    lua_rawseti(L, 1, position);
  }
  lua_pushnil(L);
  lua_rawseti(L, 1, position);
  return 1;
}

int table_concat(lua_State* L) {
  check_plain_table(L, 1, "table.concat");
  if (!lua_isnoneornil(L, 2)) luaL_checkstring(L, 2);
  const std::string_view separator = lua_isnoneornil(L, 2) ? std::string_view() : text_at(L, 2);
  const lua_Integer first = luaL_optinteger(L, 3, 1), last = luaL_optinteger(L, 4, length(L, 1));
  std::string out;
  for (lua_Integer i = first; i <= last; ++i) {
    lua_rawgeti(L, 1, i);
    if (!lua_isstring(L, -1))
      raise(L, "table.concat: element {} is {}, not a string or number", i, luaL_typename(L, -1));
    const std::string_view part = text_at(L, -1);
    LuaState::of(L).charge(2 + static_cast<int64_t>((part.size() + separator.size()) / 16));
    if (out.size() + part.size() + separator.size() > LuaState::of(L).memory_limit())
      raise(L, "table.concat: the result is over the script's memory limit");
    out += part;
    if (i != last) out += separator;
    lua_pop(L, 1);
    if (i == last) break;  // last may be the largest integer
  }
  push_text(L, out);
  return 1;
}

int table_move(lua_State* L) {
  check_plain_table(L, 1, "table.move");
  const lua_Integer from = luaL_checkinteger(L, 2), end = luaL_checkinteger(L, 3), to = luaL_checkinteger(L, 4);
  const int target = lua_isnoneornil(L, 5) ? 1 : 5;
  check_plain_table(L, target, "table.move");
  if (end >= from) {
    if (from <= 0 && end >= LUA_MAXINTEGER + from) raise(L, "table.move: too many elements");
    const lua_Integer count = end - from + 1;
    if (to > LUA_MAXINTEGER - count + 1) raise(L, "table.move: the destination wraps around");
    check_count(L, "table.move", count);
    const bool forwards = to > end || to <= from || lua_rawequal(L, 1, target) == 0;
    for (lua_Integer k = 0; k < count; ++k) {
      const lua_Integer i = forwards ? k : count - 1 - k;
      lua_rawgeti(L, 1, from + i);
      lua_rawseti(L, target, to + i);
    }
  }
  lua_pushvalue(L, target);
  return 1;
}

int table_pack(lua_State* L) {
  const int n = lua_gettop(L);
  lua_createtable(L, n, 1);
  lua_insert(L, 1);
  for (int i = n; i >= 1; --i) lua_rawseti(L, 1, i);
  lua_pushinteger(L, n);
  lua_setfield(L, 1, "n");
  return 1;
}

int table_unpack(lua_State* L) {
  if (!lua_istable(L, 1)) raise(L, "table.unpack: argument 1 must be a table, found {}", luaL_typename(L, 1));
  const lua_Integer first = luaL_optinteger(L, 2, 1), last = luaL_optinteger(L, 3, length(L, 1));
  if (first > last) return 0;
  const lua_Unsigned count = static_cast<lua_Unsigned>(last) - static_cast<lua_Unsigned>(first);
  if (count >= 100'000 || lua_checkstack(L, static_cast<int>(count) + 1) == 0)
    raise(L, "table.unpack: too many results");
  LuaState::of(L).charge(static_cast<int64_t>(count));
  for (lua_Unsigned i = 0; i <= count; ++i)
    lua_rawgeti(L, 1, static_cast<lua_Integer>(static_cast<lua_Unsigned>(first) + i));
  return static_cast<int>(count) + 1;
}

// Values at stack slots -2 and -1, both popped.
bool less(lua_State* L) {
  bool result;
  if (lua_isnil(L, 2)) {
    result = lua_compare(L, -2, -1, LUA_OPLT) != 0;
    lua_pop(L, 2);
  } else {
    lua_pushvalue(L, 2);
    lua_insert(L, -3);
    lua_call(L, 2, 1);
    result = lua_toboolean(L, -1) != 0;
    lua_pop(L, 1);
  }
  LuaState::of(L).charge(2);
  return result;
}

// A merge sort: stable, in bounds whatever the comparison says, and without the clock that Lua's own sort asks.
int table_sort(lua_State* L) {
  check_plain_table(L, 1, "table.sort");
  if (!lua_isnoneornil(L, 2)) luaL_checktype(L, 2, LUA_TFUNCTION);
  lua_settop(L, 2);
  const lua_Integer size = length(L, 1);
  check_count(L, "table.sort", size);
  lua_createtable(L, static_cast<int>(size), 0);  // 3: the values as they came
  for (lua_Integer i = 1; i <= size; ++i) {
    lua_rawgeti(L, 1, i);
    lua_rawseti(L, 3, i);
  }
  std::vector<lua_Integer> order(static_cast<size_t>(size)), merged(static_cast<size_t>(size));
  for (size_t i = 0; i < order.size(); ++i) order[i] = static_cast<lua_Integer>(i) + 1;
  for (size_t width = 1; width < order.size(); width *= 2) {
    for (size_t low = 0; low < order.size(); low += 2 * width) {
      const size_t middle = std::min(low + width, order.size()), high = std::min(low + 2 * width, order.size());
      size_t a = low, b = middle;
      for (size_t out = low; out < high; ++out) {
        bool take_b = a == middle;
        if (!take_b && b < high) {
          lua_rawgeti(L, 3, order[b]);
          lua_rawgeti(L, 3, order[a]);
          take_b = less(L);
        }
        merged[out] = take_b ? order[b++] : order[a++];
      }
    }
    order.swap(merged);
  }
  for (lua_Integer i = 1; i <= size; ++i) {
    lua_rawgeti(L, 3, order[static_cast<size_t>(i) - 1]);
    lua_rawseti(L, 1, i);
  }
  return 0;
}

}  // namespace

void push_table_library(lua_State* L) {
  lua_newtable(L);
  bind<table_insert>(L, "insert");
  bind<table_remove>(L, "remove");
  bind<table_concat>(L, "concat");
  bind<table_move>(L, "move");
  bind<table_pack>(L, "pack");
  bind<table_unpack>(L, "unpack");
  bind<table_sort>(L, "sort");
}

}  // namespace crescent
