// The one way from Lua into C++: every bound function is wrapped in guarded<>, which turns C++ exceptions into Lua
// errors with the script's file and line. (Lua is linked as C++: a Lua error is an exception and runs destructors.)
#pragma once

#include "core/script/lua_state.hpp"

namespace crescent {

void push_text(lua_State* L, std::string_view text);
std::string_view text_at(lua_State* L, int index);  // a string's bytes; the value must stay on the stack

// Raises a Lua error that begins with the script's place.
[[noreturn]] void raise_text(lua_State* L, const std::string& message);
template <class... Args>
[[noreturn]] void raise(lua_State* L, fmt::format_string<Args...> text, Args&&... args) {
  raise_text(L, fmt::format(text, std::forward<Args>(args)...));
}
void push_error(lua_State* L, const std::exception& error);

template <int (*function)(lua_State*)>
int guarded(lua_State* L) {
  try {
    return function(L);
  } catch (const std::exception& error) {
    push_error(L, error);
  }
  return lua_error(L);
}

// Sets table[name] = function for the table on top of the stack.
template <int (*function)(lua_State*)>
void bind(lua_State* L, const char* name) {
  lua_pushcfunction(L, guarded<function>);
  lua_setfield(L, -2, name);
}

}  // namespace crescent
