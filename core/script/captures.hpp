// What the functions of a script reach besides their arguments: locals of the script, tables in them, functions that
// those hold. A resumed run does not have what a callback changed there, and another worker does not see it.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "core/script/lua_state.hpp"

namespace crescent {

class Captures {  // belongs to one Lua state
 public:
  // Notes all that the `count` functions in the list at `functions` reach, as it is now. Left out are the table at
  // `state` with what is in it, read-only tables, userdata.
  void note(lua_State* L, int functions, int count, int state);

  // What has changed since note(): `the local "count" from 5 to 6`; "" when nothing has. Tables of more than 1000
  // entries are looked at only if `all`.
  std::string change(lua_State* L, bool all) const;

 private:
  struct Object {
    std::string name;     // of the local, with the fields on the way: "sizes.full"; a function's is not shown
    int64_t entries = 0;  // of a table
    const void* metatable = nullptr;
  };
  void add(lua_State* L, int lists, const std::string& name);
  void note_function(lua_State* L, int lists);
  void note_table(lua_State* L, int lists, size_t number);
  std::string function_change(lua_State* L) const;
  std::string table_change(lua_State* L, const Object& object) const;

  std::vector<Object> objects_;  // the objects themselves and copies of what they held are in the registry
  std::set<const void*> seen_;
};

}  // namespace crescent
