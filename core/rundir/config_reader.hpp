// Reads a run's config.toml back, for what looks at a run without running its scripts.
#pragma once

#include <string>

#include "core/experiment/run_config.hpp"

namespace crescent {

// Every setting as the run resolved it; Lua functions are known by their place alone (FunctionRef::source). Throws a
// usage Error when the folder is no run directory, and one that lists every mistake when the file was damaged.
RunConfig read_run_config(const std::string& run_folder);

}  // namespace crescent
