// Tables that a script cannot misuse: locked ones, and ones whose missing fields are errors; and the sorted order in
// which every table is walked.
#pragma once

#include <string>
#include <vector>

#include "core/script/guard.hpp"

namespace crescent {

// Replaces the table on top of the stack by a read-only view of it. Reading a field that is not there is an error with
// the nearest name; `name` is the table's in errors.
void lock_table(lua_State* L, const std::string& name);
// Gives the table on top of the stack a metatable that makes reading a missing field such an error. One per name.
void make_strict(lua_State* L, const std::string& name);
bool is_locked(lua_State* L, int index);
void mark_locked(lua_State* L);  // the metatable on top of the stack is one of a read-only table
// For functions that write tables by position: raises when `index` holds anything but a table that may be written.
void check_plain_table(lua_State* L, int index, const char* function);

// Pushes a list of the table's keys: numbers ascending, then strings by their bytes, then false and true. Raises on
// keys of other kinds, whose order would differ from run to run. Returns how many.
lua_Integer push_sorted_keys(lua_State* L, int index);
std::vector<std::string> string_keys(lua_State* L, int index);  // sorted

}  // namespace crescent
