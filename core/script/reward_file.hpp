// A reward in a Lua file, outside of a run: what `crescent score` and `crescent plugins check` take. The file returns
//   a function            score(s), as run:reward takes it
//   a table               { score = function(s), parts = { ... } }, or, for a reward that has options,
//                         { make = function(options) return function(s) ... end end, options = { name = default },
//                           parts = { ... } }, which is what experiments import (scripts/rewards/)
//   a run                 an experiment: one of its Lua rewards
#pragma once

#include <memory>
#include <string>

#include "core/script/experiment.hpp"

namespace crescent {

struct RewardFile {
  RewardConfig config;
  std::shared_ptr<ScriptHost> host;
};

// `name`: which of an experiment's rewards; may be empty where there is one, and for a file that returns no run. The
// settings (texts) are for the file's `options`, or an experiment's parameters. Throws Error (usage) at its place in
// the file for every mistake.
RewardFile load_reward_file(const std::string& path, const std::string& name, const Overrides& settings,
                            const LoadOptions& options = {});

}  // namespace crescent
