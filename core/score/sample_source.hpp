// Where saved samples come from: lines of JSON, or the responses that a run kept.
#pragma once

#include <functional>
#include <istream>
#include <memory>
#include <string>
#include <vector>

#include "core/data/record.hpp"
#include "core/rundir/rollout_reader.hpp"
#include "core/score/sample_line.hpp"

namespace crescent {

// Calls `use` for each sample in order.
using UseSample = std::function<void(SavedSample&& sample)>;

// Blank lines are passed over. `name` is the file's in errors. Throws a usage Error with file:line.
void read_sample_lines(std::istream& in, const std::string& name, const UseSample& use);

struct RunSamples {
  int64_t read = 0, without_text = 0;  // run:rollouts kept no text of those: they are left out
};

// Every response of the run whose text was kept, with the record it answers. A prompt that is not among `records` is an
// Error that names it.
RunSamples read_run_samples(const RolloutReader& rollouts, const std::vector<Record>& records, const UseSample& use);

}  // namespace crescent
