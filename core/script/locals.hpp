// What a script's functions have captured. A resumed run runs the script anew, so a local that a callback changes would
// be back at its first value, unnoticed; such a change is an error that names the local.
#pragma once

#include "core/script/guard.hpp"

namespace crescent {

// Adds to the table at `table` every plain local (nil, boolean, number, string) that the function at `function` reaches,
// through its own upvalues and those of the functions among them.
void note_locals(lua_State* L, int function, int table);
// Throws Error (run) when a local noted there has another value now. Tables are not looked into.
void check_locals(lua_State* L, int function, int table);

}  // namespace crescent
