// A Python function as a reward, "file.py:function", in the signature of TRL or EasyR1: scripts/python/reward.py calls
// it in a process of its own.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/config/value.hpp"
#include "core/plugin/search.hpp"
#include "core/plugin/services.hpp"
#include "core/remote/supervisor.hpp"

namespace crescent {

struct PythonUse {
  std::string name;    // the reward's
  std::string target;  // "file.py:function", the file relative to the experiment
  std::string interpreter;
  std::string completions;                                   // text | messages
  std::vector<std::pair<std::string, std::string>> columns;  // argument -> field of the record
  std::vector<std::string> parts;
  Table options;  // for the function's own arguments: scalars
  Place place;
};

// Imports the file in a process of its own and checks the options against the function's arguments; mistakes go to
// `problems`. Returns all of them with their defaults, None left out. [main-thread]
Table resolve_python_options(const PythonUse& use, const WorkerLimits& limits, const PluginSearch& search,
                             Problems& problems);

// `services` must outlive the result. Throws Error at use.place. [main-thread]
std::unique_ptr<Reward> make_python_reward(const PythonUse& use, const WorkerLimits& limits, const PluginSearch& search,
                                           const HostServices& services);

// Hash of the file and the function's name, 32 hex digits. What the file imports is not in it.
std::string hash_python(const PythonUse& use, const PluginSearch& search);

}  // namespace crescent
