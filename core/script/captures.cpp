#include "core/script/captures.hpp"

#include "core/script/sandbox.hpp"
#include "core/script/tables.hpp"

namespace crescent {

namespace {

// Their addresses are keys of the registry: the lists of objects and of copies; and what stands for nil in a copy.
const char kObjectsKey = 0, kCopiesKey = 0, kNil = 0;
constexpr int64_t kLargeTable = 1000;

bool same(lua_State* L, int a, int b) {
  if (lua_touserdata(L, b) == &kNil) return lua_isnil(L, a);
  if (lua_rawequal(L, a, b) != 0) return true;
  return lua_type(L, a) == LUA_TNUMBER && lua_type(L, b) == LUA_TNUMBER && lua_tonumber(L, a) != lua_tonumber(L, a) &&
         lua_tonumber(L, b) != lua_tonumber(L, b);  // NaN twice
}

std::string shown(lua_State* L, int index) {
  if (lua_touserdata(L, index) == &kNil) return "nil";
  const int type = lua_type(L, index);
  return type == LUA_TTABLE || type == LUA_TUSERDATA ? lua_typename(L, type) : display(L, index);
}

std::string shown_key(lua_State* L, int index) {
  return lua_type(L, index) == LUA_TSTRING ? fmt::format("\"{}\"", text_at(L, index))
                                           : fmt::format("[{}]", shown(L, index));
}

const void* metatable_of(lua_State* L, int index) {
  if (lua_getmetatable(L, index) == 0) return nullptr;
  const void* pointer = lua_topointer(L, -1);
  lua_pop(L, 1);
  return pointer;
}

// All tables within the one on top of the stack, itself included.
void mark_tables(lua_State* L, std::set<const void*>& seen) {
  luaL_checkstack(L, 4, "run.state is nested too deep");
  if (!lua_istable(L, -1) || !seen.insert(lua_topointer(L, -1)).second) return;
  lua_pushnil(L);
  while (lua_next(L, -2) != 0) {
    mark_tables(L, seen);
    lua_pop(L, 1);
  }
}

}  // namespace

// The value on top of the stack, when it can hold others: to be noted once.
void Captures::add(lua_State* L, int lists, const std::string& name) {
  const bool holds = lua_isfunction(L, -1) || (lua_istable(L, -1) && !is_locked(L, -1));
  if (!holds || !seen_.insert(lua_topointer(L, -1)).second) return;
  objects_.push_back({name});
  lua_pushvalue(L, -1);
  lua_rawseti(L, lists, static_cast<lua_Integer>(objects_.size()));
}

// The function on top of the stack; pushes the list of its upvalues.
void Captures::note_function(lua_State* L, int lists) {
  lua_newtable(L);
  for (int i = 1; const char* name = lua_getupvalue(L, -2, i); ++i) {
    add(L, lists, name);
    if (lua_isnil(L, -1)) {
      lua_pop(L, 1);
      lua_pushlightuserdata(L, const_cast<char*>(&kNil));
    }
    lua_rawseti(L, -2, i);
  }
}

// The table on top of the stack; pushes a copy.
void Captures::note_table(lua_State* L, int lists, size_t number) {
  lua_newtable(L);
  int64_t entries = 0;
  lua_pushnil(L);
  while (lua_next(L, -3) != 0) {
    const std::string key = lua_type(L, -2) == LUA_TSTRING ? "." + std::string(text_at(L, -2)) : "[...]";
    add(L, lists, objects_[number].name + key);
    lua_pushvalue(L, -2);
    lua_insert(L, -2);
    lua_rawset(L, -4);
    ++entries;
  }
  objects_[number].entries = entries;
  objects_[number].metatable = metatable_of(L, -2);
  if (lua_getmetatable(L, -2) != 0) {
    add(L, lists, objects_[number].name + "'s metatable");
    lua_pop(L, 1);
  }
}

void Captures::note(lua_State* L, int functions, int count, int state) {
  functions = lua_absindex(L, functions);
  luaL_checkstack(L, 16, nullptr);
  lua_pushvalue(L, state);
  mark_tables(L, seen_);
  lua_newtable(L);
  const int lists = lua_gettop(L);
  lua_newtable(L);
  for (int i = 1; i <= count; ++i, lua_pop(L, 1)) {
    lua_rawgeti(L, functions, i);
    add(L, lists, "a function");
  }
  for (size_t number = 0; number < objects_.size(); ++number, lua_pop(L, 1)) {  // grows on the way
    lua_rawgeti(L, lists, static_cast<lua_Integer>(number) + 1);
    if (lua_isfunction(L, -1))
      note_function(L, lists);
    else
      note_table(L, lists, number);
    lua_rawseti(L, lists + 1, static_cast<lua_Integer>(number) + 1);
  }
  lua_rawsetp(L, LUA_REGISTRYINDEX, &kCopiesKey);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &kObjectsKey);
  lua_pop(L, 1);
}

// Function and the list of its upvalues at -2 and -1.
std::string Captures::function_change(lua_State* L) const {
  for (int i = 1; const char* name = lua_getupvalue(L, -2, i); ++i, lua_pop(L, 2)) {
    lua_rawgeti(L, -2, i);
    if (same(L, -2, -1)) continue;
    return name[0] == '\0' ? "an iterator that it keeps between calls"
                           : fmt::format("the local \"{}\" from {} to {}", name, shown(L, -1), shown(L, -2));
  }
  return "";
}

// Table and copy at -2 and -1.
std::string Captures::table_change(lua_State* L, const Object& object) const {
  const auto within = [&](const std::string& what) { return fmt::format("{} in the table \"{}\"", what, object.name); };
  if (metatable_of(L, -2) != object.metatable) return within("the metatable");
  int64_t entries = 0;
  lua_pushnil(L);
  while (lua_next(L, -3) != 0) {
    lua_pushvalue(L, -2);
    lua_rawget(L, -4);
    if (!same(L, -2, -1)) return within(shown_key(L, -3));
    lua_pop(L, 2);
    ++entries;
  }
  return entries == object.entries ? "" : within("an entry (it is gone)");
}

std::string Captures::change(lua_State* L, bool all) const {
  luaL_checkstack(L, 16, nullptr);
  const int top = lua_gettop(L);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &kObjectsKey);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &kCopiesKey);
  std::string changed;
  for (size_t i = 0; i < objects_.size() && changed.empty(); ++i) {
    const Object& object = objects_[i];
    if (!all && object.entries > kLargeTable) continue;
    lua_settop(L, top + 2);
    lua_rawgeti(L, top + 1, static_cast<lua_Integer>(i) + 1);
    lua_rawgeti(L, top + 2, static_cast<lua_Integer>(i) + 1);
    changed = lua_isfunction(L, -2) ? function_change(L) : table_change(L, object);
  }
  lua_settop(L, top);
  return changed;
}

}  // namespace crescent
