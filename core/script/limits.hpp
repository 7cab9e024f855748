// What a script may use up. The instruction budget is what counts: it is the same on every machine; the clock is for
// what the budget does not see.
#pragma once

#include <cstddef>
#include <cstdint>

namespace crescent {

struct ScriptLimits {
  size_t memory_bytes = size_t{256} << 20;  // per Lua state
  int64_t load_instructions = 200'000'000;  // for loading the whole experiment
  int64_t call_instructions = 100'000'000;  // for one call of a callback; a reward: one sample
  double load_seconds = 20;
  double call_seconds = 20;
};

}  // namespace crescent
