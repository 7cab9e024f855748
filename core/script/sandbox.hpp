// The Lua that a script sees: an allow-list of base, string, table, math and utf8. No io, os, debug, package,
// coroutine, load or rawset. Functions whose loops run inside C take their work off the budget; pairs walks keys in
// sorted order; table.sort is stable; tostring shows no address; math.random is the state's keyed stream.
#pragma once

#include "core/script/guard.hpp"

namespace crescent {

// Each pushes one table of functions, not locked yet.
void push_base_library(lua_State* L);
void push_string_library(lua_State* L);
void push_table_library(lua_State* L);
void push_math_library(lua_State* L);
void push_utf8_library(lua_State* L);

// Puts the libraries into the state's globals. Within LuaState::protect().
void open_sandbox(lua_State* L);
// Pushes the locked table that chunks get as _ENV: everything in the state's globals.
void push_environment(lua_State* L);

std::string display(lua_State* L, int index);                             // what tostring and print show
void check_count(lua_State* L, const char* function, lua_Integer count);  // raises when larger than any budget

// Pushes the library's own table with only the named functions.
void push_allowed(lua_State* L, lua_CFunction open, std::initializer_list<const char*> names);
// Makes the named functions of the table on top of the stack take a share of the length of their strings off the
// budget: those of Lua's own that walk a string without an instruction.
void charge_by_length(lua_State* L, std::initializer_list<const char*> names);

}  // namespace crescent
