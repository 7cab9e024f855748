// Lua values to configuration trees and bytes, JSON and metrics to Lua values.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "core/base/json.hpp"
#include "core/config/value.hpp"
#include "core/script/guard.hpp"

namespace crescent {

// The value at `index` as a tree; every place is `place`. `keep` stores a function (on top of the stack, which it
// leaves alone) and returns its handle. Raises on tables that are cyclic, deep, or have keys that are no names.
Value read_value(lua_State* L, int index, const Place& place, const std::function<FunctionRef(lua_State*)>& keep);
void push_value(lua_State* L, const Value& value);  // no functions
void push_json(lua_State* L, const Json& json);     // null becomes nil

// run.state. The bytes are the same for the same content, whatever the order it was written in.
// Both throw Error naming the path ("run.state.counts[3]") of what cannot be saved.
std::string state_bytes(lua_State* L, int index);
void check_state(lua_State* L, int index);  // only that: several times as fast
// Fills the table at `index`, in place: tables that are there already keep their identity.
void load_state_bytes(lua_State* L, int index, std::string_view bytes);

}  // namespace crescent
