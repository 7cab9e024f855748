// scripts/crescent.d.lua: what a script sees, in the annotations of the Lua language server (LuaLS), so that editors
// complete names and find slips while they are written.
#pragma once

#include <string>

namespace crescent {

// Options as their tables declare them; the functions' arguments as script/ gives them. Made by `crescent run
// --annotations`; tests hold the file against it.
std::string lua_annotations();

}  // namespace crescent
