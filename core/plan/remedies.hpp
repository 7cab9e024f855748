// What to change in a run that does not fit into memory, each change planned anew.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/plan/memory.hpp"

namespace crescent {

struct Remedy {
  std::string option;  // as a script or the command line has it: "grpo.micro_batch_tokens", "--threads"
  std::string from, to;
  std::string cost;         // what else it changes, in a clause
  int64_t saved_bytes = 0;  // of the peak
  bool enough = false;      // the run fits then
};

struct Remedies {
  // Each by itself, at the mildest value that is enough, else at the one that saves most: enough ones first, else what
  // costs least. Those that save less than 1 / 400 of the peak are left out.
  std::vector<Remedy> single;
  // Where none is enough: one on top of the other, what costs least first, until the run fits or nothing is left.
  std::vector<Remedy> together;
  int64_t together_bytes = 0;  // the peak with all of those
};

Remedies find_remedies(const MemoryInput& input, int64_t available_bytes);

}  // namespace crescent
