#include "core/script/guard.hpp"

#include <cstdlib>

namespace crescent {

void push_text(lua_State* L, std::string_view text) { lua_pushlstring(L, text.data(), text.size()); }

std::string_view text_at(lua_State* L, int index) {
  size_t size = 0;
  const char* data = lua_tolstring(L, index, &size);
  return {data, size};
}

void raise_text(lua_State* L, const std::string& message) {
  const Place place = LuaState::of(L).where();
  push_text(L, place.file.empty() ? message : place.str() + ": " + message);
  lua_error(L);
  std::abort();  // lua_error does not return
}

void push_error(lua_State* L, const std::exception& error) {
  std::string text = error.what();
  const auto* ours = dynamic_cast<const Error*>(&error);
  if (ours == nullptr || ours->place().file.empty()) {
    const Place place = LuaState::of(L).where();
    if (!place.file.empty()) text = place.str() + ": " + text;
  }
  push_text(L, text);
}

}  // namespace crescent
