// math.*: random is the state's keyed stream (base/random.hpp), the rest is Lua's.
#include "core/script/sandbox.hpp"

namespace crescent {

namespace {

// random() in [0, 1); random(m) in [1, m]; random(m, n) in [m, n]; random(0): any integer.
int math_random(lua_State* L) {
  RandomStream& stream = LuaState::of(L).random();
  const int n = lua_gettop(L);
  if (n == 0) {
    lua_pushnumber(L, stream.uniform());
    return 1;
  }
  if (n > 2) raise(L, "math.random takes at most 2 arguments, found {}", n);
  lua_Integer low = 1, high = luaL_checkinteger(L, n);
  if (n == 1 && high == 0) {
    lua_pushinteger(L, static_cast<lua_Integer>(stream.bits()));
    return 1;
  }
  if (n == 2) low = luaL_checkinteger(L, 1);
  if (low > high) raise(L, "math.random: nothing lies between {} and {}", low, high);
  const uint64_t span = static_cast<uint64_t>(high) - static_cast<uint64_t>(low) + 1;  // 0: all 2^64
  const uint64_t offset = span == 0 ? stream.bits() : stream.below(span);
  lua_pushinteger(L, static_cast<lua_Integer>(static_cast<uint64_t>(low) + offset));
  return 1;
}

int math_randomseed(lua_State* L) {
  raise(L, "math.randomseed is not there: math.random draws from the run's own stream, keyed by the run's seed");
}

}  // namespace

void push_math_library(lua_State* L) {
  push_allowed(L, luaopen_math, {"abs",  "acos", "asin", "atan", "ceil",       "cos",  "deg",        "exp",  "floor",
                                 "fmod", "huge", "log",  "max",  "maxinteger", "min",  "mininteger", "modf", "pi",
                                 "rad",  "sin",  "sqrt", "tan",  "tointeger",  "type", "ult"});
  bind<math_random>(L, "random");
  bind<math_randomseed>(L, "randomseed");
}

}  // namespace crescent
