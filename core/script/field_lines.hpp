// The line of each field of a table that a script wrote out in a call: Lua keeps the line of the call alone, so the
// fields' lines are read from the source text.
#pragma once

#include <string>

#include "core/config/value.hpp"

namespace crescent {

// `value` is the table handed to `call` ("sft") at value.place.line of `source`. Where the call does not write its
// table out there, or the text cannot be followed, places stay the call's.
void place_fields(const std::string& source, const std::string& call, Value& value);

}  // namespace crescent
