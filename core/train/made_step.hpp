// A step whose batch was rolled out and learned from, and whose end is still to come: whether its phase is left, what
// is validated then, its line in the log. Runs that differ in nothing but what this end brings share the step.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/curriculum/phase_machine.hpp"
#include "core/flow/metrics.hpp"

namespace crescent {

struct MadeStep {
  StepReport report;
  bool refreshed = false;  // GRPO: every prompt of its pool was measured anew
  Spent spent;
  std::map<std::string, std::vector<double>> recorded;  // by plugins, for the step's line
};

std::string write_made_step(const MadeStep& made);  // reads back to the same bits
MadeStep read_made_step(std::string_view bytes);    // throws Error on anything else

}  // namespace crescent
