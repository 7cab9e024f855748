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
  int64_t saved_bytes = 0;  // of the peak, by this change alone
  bool enough = false;      // the run fits by this change alone
};

struct Remedies {
  // Those that save at least a fiftieth of the peak; enough ones first, then by what they save. Each at the mildest
  // value that is enough, else at the last one tried (an eighth of the present one).
  std::vector<Remedy> single;
  int64_t together_bytes = 0;  // the peak with all of them
};

Remedies find_remedies(const MemoryInput& input, int64_t available_bytes);

}  // namespace crescent
