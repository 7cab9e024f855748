// Any program as a reward: it is started once, reads a response a line as JSON and writes its verdict a line.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/base/error.hpp"
#include "core/plugin/services.hpp"
#include "core/remote/supervisor.hpp"

namespace crescent {

struct ProgramUse {
  std::string name;                // the reward's
  std::vector<std::string> argv;   // argv[0] with a '/' is relative to `folder`
  std::vector<std::string> parts;  // of its scores
  std::string folder;              // where it runs
  Place place;
  bool says_ready = false;  // in a first line, before which it is not asked
};

// Adds a problem when there is no such program to start.
void check_program(const ProgramUse& use, Problems& problems);

// Throws Error at use.place when it cannot be started. timeout_ms counts from one answer to the next; until a
// process's first answer, or until it says that it is ready, start_timeout_ms does. `services` must outlive the result.
std::unique_ptr<Reward> make_program_reward(const ProgramUse& use, const WorkerLimits& limits,
                                            const HostServices& services);

// Hash of the files that argv names, 32 hex digits: the program and its scripts, as far as they are files.
std::string hash_program(const ProgramUse& use);

}  // namespace crescent
