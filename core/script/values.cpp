#include "core/script/values.hpp"

#include "core/script/sandbox.hpp"
#include "core/script/tables.hpp"

namespace crescent {

namespace {

constexpr int kMaxDepth = 16;

Value read_at(lua_State* L, int index, const Place& place, const std::function<FunctionRef(lua_State*)>& keep,
              int depth);

Table read_table(lua_State* L, int index, const Place& place, const std::function<FunctionRef(lua_State*)>& keep,
                 int depth) {
  if (depth > kMaxDepth)
    throw Error(fmt::format("a table here is nested more than {} deep, or holds itself", kMaxDepth), place,
                ErrorKind::usage);
  if (is_locked(L, index))
    throw Error("a read-only table cannot be an option; copy the fields that are meant", place, ErrorKind::usage);
  index = lua_absindex(L, index);
  luaL_checkstack(L, 8, nullptr);
  Table out;
  const auto size = static_cast<lua_Integer>(lua_rawlen(L, index));
  for (lua_Integer i = 1; i <= size; ++i) {
    lua_rawgeti(L, index, i);
    out.list.push_back(read_at(L, -1, place, keep, depth));
    lua_pop(L, 1);
  }
  const lua_Integer n = push_sorted_keys(L, index);
  for (lua_Integer k = 1; k <= n; ++k) {
    lua_rawgeti(L, -1, k);
    if (lua_isinteger(L, -1) != 0 && lua_tointeger(L, -1) >= 1 && lua_tointeger(L, -1) <= size) {
      lua_pop(L, 1);
      continue;
    }
    if (lua_type(L, -1) != LUA_TSTRING)
      throw Error(fmt::format("[{}] is no name of an option", display(L, -1)), place, ErrorKind::usage);
    std::string name(text_at(L, -1));
    lua_rawget(L, index);
    out.fields.emplace_back(std::move(name), read_at(L, -1, place, keep, depth));
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  return out;
}

Value read_at(lua_State* L, int index, const Place& place, const std::function<FunctionRef(lua_State*)>& keep,
              int depth) {
  switch (lua_type(L, index)) {
    case LUA_TNIL:
      return Value(std::monostate{}, place);
    case LUA_TBOOLEAN:
      return Value(lua_toboolean(L, index) != 0, place);
    case LUA_TNUMBER:
      if (lua_isinteger(L, index) != 0) return Value(static_cast<int64_t>(lua_tointeger(L, index)), place);
      return Value(static_cast<double>(lua_tonumber(L, index)), place);
    case LUA_TSTRING:
      return Value(std::string(text_at(L, index)), place);
    case LUA_TTABLE:
      return Value(read_table(L, index, place, keep, depth + 1), place);
    case LUA_TFUNCTION: {
      lua_pushvalue(L, index);
      FunctionRef function = keep(L);
      lua_pop(L, 1);
      return Value(std::move(function), place);
    }
    default:
      throw Error(fmt::format("a {} cannot be an option", luaL_typename(L, index)), place, ErrorKind::usage);
  }
}

}  // namespace

Value read_value(lua_State* L, int index, const Place& place, const std::function<FunctionRef(lua_State*)>& keep) {
  return read_at(L, index, place, keep, 0);
}

void push_value(lua_State* L, const Value& value) {
  luaL_checkstack(L, 4, nullptr);
  if (const auto* b = value.get<bool>())
    lua_pushboolean(L, *b ? 1 : 0);
  else if (const auto* i = value.get<int64_t>())
    lua_pushinteger(L, *i);
  else if (const auto* d = value.get<double>())
    lua_pushnumber(L, *d);
  else if (const auto* s = value.get<std::string>())
    push_text(L, *s);
  else if (const auto* t = value.get<Table>()) {
    lua_newtable(L);
    lua_Integer n = 0;
    for (const Value& item : t->list) push_value(L, item), lua_rawseti(L, -2, ++n);
    for (const auto& [name, item] : t->fields) push_value(L, item), lua_setfield(L, -2, name.c_str());
  } else {
    lua_pushnil(L);
  }
}

void push_json(lua_State* L, const Json& json) {
  luaL_checkstack(L, 4, "JSON is nested too deep");
  if (json.is_boolean())
    lua_pushboolean(L, json.get<bool>() ? 1 : 0);
  else if (json.is_number_unsigned() && json.get<uint64_t>() > static_cast<uint64_t>(LUA_MAXINTEGER))
    lua_pushnumber(L, json.get<double>());
  else if (json.is_number_integer())
    lua_pushinteger(L, json.get<int64_t>());
  else if (json.is_number())
    lua_pushnumber(L, json.get<double>());
  else if (json.is_string())
    push_text(L, json.get_ref<const std::string&>());
  else if (json.is_array()) {
    lua_createtable(L, static_cast<int>(json.size()), 0);
    lua_Integer n = 0;
    for (const Json& item : json) push_json(L, item), lua_rawseti(L, -2, ++n);
  } else if (json.is_object()) {
    lua_createtable(L, 0, static_cast<int>(json.size()));
    for (const auto& [name, item] : json.items()) push_text(L, name), push_json(L, item), lua_rawset(L, -3);
  } else {
    lua_pushnil(L);
  }
}

}  // namespace crescent
