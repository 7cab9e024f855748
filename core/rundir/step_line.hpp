// A step as the line of metrics.jsonl that it is.
#pragma once

#include "core/flow/metrics.hpp"
#include "core/rundir/json_line.hpp"

namespace crescent {

// step, phase, view (where there is one) and `values`, each a key of `out`; what is not a finite number is null. Throws
// Error when a name comes twice, these three included.
void write_step(const StepReport& report, const NamedValues& values, JsonLine& out);

}  // namespace crescent
