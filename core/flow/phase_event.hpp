// A phase was left.
#pragma once

#include <cstdint>
#include <string>

#include "core/flow/roles.hpp"

namespace crescent {

struct PhaseEvent {
  std::string from, to;  // to: "" when the run ends
  int64_t step = 0;      // steps finished in the run when it happened
  Decision::Kind kind = Decision::Kind::advance;
  std::string reason;    // as the policy gave it
};

}  // namespace crescent
